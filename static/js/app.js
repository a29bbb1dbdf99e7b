// What every page has: drawer, menus, theme, copy buttons, and manners for polling.
const root = document.documentElement
const find = (selector, within = document) => within.querySelector(selector)

function drawer(open) {
  root.toggleAttribute('data-drawer', open)
  if (open) root.dataset.drawer = 'open'
  for (const part of document.querySelectorAll('.topbar, .page')) part.inert = open
  const button = find('[data-drawer-open]')
  button?.setAttribute('aria-expanded', String(open))
  ;(open ? find('.rail-link') : button)?.focus()
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== except) menu.open = false
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    select(document.getElementById(button.dataset.copy)) // no clipboard on plain-http hosts: select it, at least
    button.textContent = 'Press Ctrl+C'
    return
  }
  button.textContent = 'Copied'
  setTimeout(() => { button.textContent = 'Copy' }, 1500)
}

function select(element) {
  const selection = getSelection()
  selection.removeAllRanges()
  const range = document.createRange()
  range.selectNodeContents(element)
  selection.addRange(range)
}

function chooseTheme(form, chosen) {
  if (chosen.value) root.dataset.theme = chosen.value
  else delete root.dataset.theme
  for (const button of form.elements.theme) button.setAttribute('aria-pressed', String(button === chosen))
  find('summary', form.parentElement)?.replaceChildren(find('svg', chosen).cloneNode(true))
  closeMenus()
  document.dispatchEvent(new CustomEvent('obc:theme'))
  const body = new FormData(form)
  body.set('theme', chosen.value)
  fetch(form.getAttribute('action'), { method: 'POST', body, redirect: 'manual' })
}

document.addEventListener('click', (event) => {
  const target = event.target
  const menu = target.closest('details.menu')
  const opensSheet = menu && target.closest('[popovertarget]')
  const isDone = opensSheet || target.closest('.menu-item[type=button]') // a download; links and forms load a page
  closeMenus(isDone ? null : menu)
  if (opensSheet) find('summary', menu).focus() // where the focus comes back to when the sheet closes
  if (target.closest('[data-drawer-open]')) drawer(true)
  else if (target.closest('[data-drawer-close]')) drawer(false)
  const button = target.closest('[data-copy]')
  if (button) copy(button)
})

document.addEventListener('keydown', (event) => {
  if (event.key === ' ' && event.target.matches('[data-switch]')) {
    event.preventDefault()
    event.target.click()
  }
  if (event.key !== 'Escape') return
  const menu = find('details.menu[open]')
  closeMenus()
  find('summary', menu ?? document.createElement('i'))?.focus()
  if (root.dataset.drawer) drawer(false)
})

// the panel beside the page: what stands behind a number. `obc:panel` with {address, label} opens it
document.addEventListener('obc:panel', ({ detail: { address, label } }) => {
  const panel = find('#panel')
  find('#panel-title').textContent = label
  find('#panel-body').replaceChildren(Object.assign(document.createElement('div'), { className: 'skeleton sk-list' }))
  if (!panel.open) panel.showModal()
  find('#panel-title').focus()
  window.htmx.ajax('GET', address, { target: '#panel-body', swap: 'innerHTML' })
})
document.addEventListener('click', (event) => {
  const { target } = event
  const link = target.closest('a[data-panel]') // without this script it is a page of its own
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault()
    document.dispatchEvent(new CustomEvent('obc:panel', { detail: { address: link.href, label: link.dataset.panel } }))
  }
  if (target.closest('[data-panel-close]') || target.id === 'panel') find('#panel').close() // the dialog itself is its veil
})

matchMedia('(min-width: 860px)').addEventListener('change', () => root.dataset.drawer && drawer(false))

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-theme-form]')) return
  event.preventDefault()
  chooseTheme(event.target, event.submitter)
})

// what scrolls sideways can be reached, and so scrolled, by keyboard
function reachable() {
  for (const wrap of document.querySelectorAll('.table-wrap')) {
    if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0
    else wrap.removeAttribute('tabindex')
  }
}
reachable()
// on a phone the tab of this page may lie beyond the edge
find('.page-tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
document.addEventListener('htmx:afterSettle', reachable)
addEventListener('resize', reachable)

// a poll must not pull a thing from under somebody's hands, nor run where nobody looks
document.addEventListener('htmx:beforeRequest', (event) => {
  const element = event.detail.elt
  if (event.detail.requestConfig.triggeringEvent?.type !== 'hx:poll:trigger') return
  if (document.hidden || element.querySelector(':focus-visible')) event.preventDefault()
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) for (const element of document.querySelectorAll('[data-polls]')) window.htmx?.trigger(element, 'obc:seen')
})

document.addEventListener('htmx:sendError', (event) => offline(event.detail.target, true))
document.addEventListener('htmx:afterRequest', (event) => event.detail.successful && offline(event.detail.target, false))

function offline(target, is) {
  const known = find('[data-offline]')
  if (!is) return known?.remove()
  if (known || !target) return undefined
  const note = document.createElement('p')
  note.className = 'notice bad'
  note.dataset.offline = ''
  note.setAttribute('role', 'alert')
  note.textContent = 'The server did not answer; what stands here may be old. It is asked again by itself.'
  find('#main').prepend(note)
  return undefined
}
