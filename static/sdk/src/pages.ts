import { listen, safely } from './safe';

/**
 * Call `moved` with the former address on each navigation inside the document. The Navigation API tells of all of them; elsewhere
 * `history` is wrapped. A call with an unchanged address is none; hashes count when they look like a route.
 */
export function watchNavigation(moved: (before: string) => void): void {
  let last = address();
  let href = location.href;
  const look = () => {
    const now = address();
    const before = href;
    href = location.href;
    if (now === last) return;
    last = now;
    moved(before);
  };
  const navigation = (window as { navigation?: EventTarget }).navigation;
  if (navigation) return listen(navigation, 'currententrychange', look);
  listen(window, 'popstate', look);
  listen(window, 'hashchange', look);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (this: History, ...args: Parameters<typeof original>) {
      const result = original.apply(this, args);
      safely(look);
      return result;
    };
  }
}

function address(): string {
  return location.pathname + location.search + (/^#[/!]/.test(location.hash) ? location.hash : '');
}

/** `utm_*` of the address, if any. */
export function campaign(search: string): Record<string, string> {
  const found: Record<string, string> = {};
  new URLSearchParams(search).forEach((value, name) => {
    if (/^utm_/.test(name)) found[name] = value;
  });
  return found;
}
