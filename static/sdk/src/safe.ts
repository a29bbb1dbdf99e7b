/** Run `f`; what it throws stays here, because the app never sees an exception of ours. */
export function safely<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

/** A listener that can't throw into the page (there it would count as the app's own error). */
export function listen(target: EventTarget, type: string, f: (event: never) => void, capture = false): void {
  target.addEventListener(type, (event) => safely(() => f(event as never)), capture);
}

export function later(f: () => void, ms = 0): number {
  return setTimeout(() => safely(f), ms) as unknown as number;
}
