/** JSON of any value an application may hand over: cycles are left out, BigInt becomes text. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    const above: unknown[] = [];
    return JSON.stringify(value, function (this: unknown, _name, inner: unknown) {
      while (above.length && above[above.length - 1] !== this) above.pop();
      if (typeof inner === 'bigint') return '' + inner;
      if (inner && typeof inner === 'object') {
        if (above.includes(inner)) return undefined;
        above.push(inner);
      }
      return inner;
    });
  }
}
