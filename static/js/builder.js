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

// what a button added is where the typing goes on; where one was taken away, the button that adds is next
document.addEventListener('obc:focus', ({ detail }) => document.getElementById(detail.value)?.focus())
