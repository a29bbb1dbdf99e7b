// The filter bar's form: what its comparison needs. Names and values are suggested by the picker; without it they are free text.
import './picker.js'

const LISTS = ['in', 'not_in']
const BARE = ['is_set', 'is_not_set']
let added = 0

function fit(form) {
  const op = form.elements.fo.value
  for (const line of form.querySelectorAll('[data-further]')) if (!LISTS.includes(op)) line.remove()
  form.querySelector('[data-more]').hidden = !LISTS.includes(op)
  form.querySelector('#fv').disabled = BARE.includes(op)
}

/** Another field for a value, after the last. */
function further(button) {
  const line = Object.assign(document.createElement('p'), { className: 'line' })
  line.dataset.further = ''
  const first = document.getElementById('fv')
  const field = first.cloneNode()
  added += 1
  Object.assign(field, { id: `fv-${added}`, value: '' })
  field.setAttribute('aria-label', `Value, or ${added}`)
  line.append(field)
  button.before(line)
  field.focus()
}

document.addEventListener('change', ({ target }) => { if (target.id === 'fo') fit(target.form) })
document.addEventListener('click', ({ target }) => { if (target.closest('[data-more]')) further(target.closest('[data-more]')) })
