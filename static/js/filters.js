// Names and values for the filter bar's pickers, from what the tenant has sent; without an answer they are free text.
const wait = { name: 0, value: 0 }

async function offer(form, list, path) {
  const joined = path.includes('?') ? '&' : '?'
  try {
    const answer = await fetch(`${form.dataset.filters}/${path}${joined}tenant_id=${encodeURIComponent(form.dataset.tenant)}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) return
    const body = await answer.json()
    const found = body.results ?? body.values ?? body.names ?? []
    list.replaceChildren(...found.slice(0, 50).map((each) => Object.assign(document.createElement('option'), { value: String(each?.name ?? each?.value ?? each) })))
  } catch {
    // free text it is
  }
}

document.addEventListener('input', ({ target }) => {
  const form = target.closest('form[data-filters]')
  if (!form || !['fp', 'fv'].includes(target.name)) return
  const isName = target.name === 'fp'
  const { fp, fv } = form.elements
  clearTimeout(wait[target.name])
  wait[target.name] = setTimeout(() => (isName
    ? offer(form, document.getElementById('filter-names'), `dictionary?kind=property&search=${encodeURIComponent(fp.value)}`)
    : offer(form, document.getElementById('filter-values'), `values?property=${encodeURIComponent(fp.value)}&prefix=${encodeURIComponent(fv.value)}`)), 200)
})

document.addEventListener('focusin', ({ target }) => {
  const form = target.closest('form[data-filters]')
  if (!form || target.name !== 'fv' || !form.elements.fp.value) return
  offer(form, document.getElementById('filter-values'), `values?property=${encodeURIComponent(form.elements.fp.value)}&prefix=`)
})

document.addEventListener('change', ({ target }) => {
  if (target.name === 'fo' && target.form?.dataset.filters) target.form.elements.fv.disabled = target.value.startsWith('is_set') || target.value.startsWith('is_not_set')
})
