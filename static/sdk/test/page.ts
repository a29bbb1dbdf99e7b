import 'fake-indexeddb/auto';
import { vi } from 'vitest';

/** What of a browser the core needs, on Node: a document, a window's listeners, localStorage. */
export function makePage(): void {
  const kept = new Map<string, string>();
  const storage = new Proxy({} as Storage, {
    get: (_target, name: string) =>
      ({
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, '' + value),
        removeItem: (key: string) => void kept.delete(key),
      })[name],
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
  const target = new EventTarget();
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('window', target);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible', title: 'Page', referrer: '' }));
  vi.stubGlobal('location', new URL('https://shop.example/cart?utm_source=mail'));
  vi.stubGlobal('history', { pushState() {}, replaceState() {} });
  vi.stubGlobal('screen', { width: 1280, height: 720 });
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0', language: 'en', maxTouchPoints: 0, onLine: true });
}
