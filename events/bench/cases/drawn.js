// What drawn.py asks of a page: `measured` is {shifts: [[size, what moved]], whole, changed}, times in ms.
window.measured = { shifts: [], whole: 0, changed: 0 }

// shifts that follow a click or a key are asked for, and do not count (web.dev/cls)
const named = ({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)?.className ?? ''
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput) window.measured.shifts.push([value, sources.map(named).join(' ')])
  }
}).observe({ type: 'layout-shift', buffered: true })

function look() {
  const waits = [...document.querySelectorAll('.skeleton, .htmx-request')].some((each) => each.checkVisibility())
  const whole = document.readyState === 'complete' && !waits
  if (whole) window.measured.whole = performance.now()
  else requestAnimationFrame(look)
}
requestAnimationFrame(look)

// from a choice to the frame after its answer stands
let began = 0
document.addEventListener('change', () => { began = performance.now(); window.measured.changed = 0 }, true)
document.addEventListener('htmx:afterSettle', ({ target }) => {
  if (target.id === 'result') requestAnimationFrame(() => setTimeout(() => { window.measured.changed = performance.now() - began }))
})
