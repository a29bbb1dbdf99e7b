// The wall screen: full screen on request, rows as high as the screen allows, and a clock that shows that it lives.
const grid = document.querySelector('[data-board]')
const full = document.querySelector('[data-tv-full]')
const GAP = 16, LOWEST = 72, HIGHEST = 140

/** Rows between their bounds so that the board fills the screen; a longer board scrolls. */
function fit() {
  const rows = getComputedStyle(grid).gridTemplateRows.split(' ').filter((each) => each !== 'none').length
  if (!rows) return
  const room = innerHeight - grid.getBoundingClientRect().top - scrollY - GAP
  const unit = Math.floor((room + GAP) / rows - GAP)
  grid.style.setProperty('--unit', `${Math.min(HIGHEST, Math.max(LOWEST, unit))}px`)
}

function toggle() {
  if (document.fullscreenElement) document.exitFullscreen()
  else document.documentElement.requestFullscreen()
}

function tick() {
  document.querySelector('[data-tv-clock]').textContent = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

full.addEventListener('click', toggle)
full.hidden = !document.fullscreenEnabled
document.addEventListener('keydown', (event) => { if (event.key === 'f' && !event.ctrlKey && !event.metaKey) toggle() })
addEventListener('resize', fit)
setInterval(tick, 10_000)
tick()
fit()
