/** JSON of what an application may hand over as properties: what cycles is left out, BigInt becomes text, nothing is `{}`. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) || '{}';
  } catch {
    const seen = new Set();
    return JSON.stringify(value, (_name, inner) => {
      if (typeof inner === 'bigint') return '' + inner;
      return inner && typeof inner === 'object' && seen.size === seen.add(inner).size ? undefined : inner;
    });
  }
}
