import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';
import { readEvents } from './read';

interface Filling {
  _since: number;
  _field: string;
}

/**
 * `form_start` with the first field touched, `form_submit`, and `form_abandon` with the last field when the
 * page is left or the form goes away unsubmitted. Names of forms and fields only: no value is ever read.
 */
export function install(analytics: OpenBioCureAnalytics): void {
  const open = new Map<HTMLFormElement, Filling>();
  const send = (name: string, form: HTMLFormElement, filling: Filling | undefined, more?: object) =>
    analytics.track(name, { form: nameOf(form), ...more, ms: filling && Math.round(performance.now() - filling._since) }, { category: 'form' });

  readEvents<Event>(analytics, 'forms', ({ type, target }) => {
    const form = type === 'submit' ? (target as HTMLFormElement) : (target as HTMLInputElement).form;
    if (!form || form.closest('[data-obc-ignore]')) return;
    const filling = open.get(form);
    if (type === 'submit') {
      open.delete(form);
      send('form_submit', form, filling);
    } else if (!/^(button|submit|reset|hidden)$/.test((target as HTMLInputElement).type)) {
      const field = fieldOf(target as HTMLInputElement);
      if (filling) filling._field = field;
      else {
        open.set(form, { _since: performance.now(), _field: field });
        send('form_start', form, undefined, { field });
      }
    }
  });

  const abandon = (all: boolean) => {
    for (const [form, filling] of open) {
      if (!all && form.isConnected) continue;
      open.delete(form);
      send('form_abandon', form, filling, { field: filling._field });
    }
  };
  analytics._hiding.add((ending) => ending && abandon(true));
  analytics._leaving.push(() => abandon(true));
}

/** A field called `name` hides the form's own `name`, so attributes are asked. */
function nameOf(form: HTMLFormElement): string {
  const named = ['data-obc-form', 'id', 'name', 'action'].map((name) => form.getAttribute(name)).find((value) => value);
  return (named || location.pathname).split('?')[0]!.slice(0, 200);
}

function fieldOf(input: HTMLInputElement): string {
  return input.name || input.id || input.type;
}
