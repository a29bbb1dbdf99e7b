/** UUIDv7 (RFC 9562): milliseconds, then random bits. `crypto.randomUUID` is missing on plain http, and is no v7. */
export function uuid(now: number = Date.now()): string {
  let random = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(10))) random += (byte + 256).toString(16).slice(1);
  const time = now.toString(16).padStart(12, '0');
  const variant = '89ab'[random.charCodeAt(3) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

/** Six hex digits of a text (FNV-1a), the same in every document. */
export function mark(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 8).toString(16).padStart(6, '0');
}
