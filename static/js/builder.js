// The builder: its buttons edit the form, and the form asks.
import './asking.js'
import './picker.js'

const form = document.querySelector('#builder')

/** What a button does is said in the field `do`, for the one request that it causes. */
function edit(what) {
  form.elements.do.value = what
  window.htmx.trigger(form, 'obc:edit')
  form.elements.do.value = ''
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-do]')
  if (button) edit(button.dataset.do)
})

// Enter in a field tells of its change and submits the form, both at once: one of them is enough to ask
let changed = false
form.addEventListener('change', () => { changed = true; setTimeout(() => { changed = false }) })
document.addEventListener('submit', (event) => {
  if (event.target !== form || !changed) return
  event.preventDefault()
  event.stopPropagation()
}, true)

// what a button added is where the typing goes on; where one was taken away, the button that adds is next
document.addEventListener('obc:focus', ({ detail }) => document.getElementById(detail.value)?.focus())
