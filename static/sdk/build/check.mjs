// Builds anew into a temporary folder and compares: what is committed is what the sources give.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { archive, path } from './pack.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = mkdtempSync(join(tmpdir(), 'sdk-'));
const filesOf = (folder) => readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();
const differing = [];
try {
  execFileSync(process.execPath, [join(root, 'build/build.mjs'), fresh], { stdio: 'inherit' });
  const names = new Set([...filesOf(fresh), ...filesOf(join(root, 'dist'))]);
  for (const name of names) {
    const read = (folder) => { try { return readFileSync(join(folder, name), 'utf8'); } catch { return undefined; } };
    if (read(fresh) !== read(join(root, 'dist'))) differing.push('dist/' + name);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
if (!gunzipSync(readFileSync(path)).equals(archive())) differing.push(path.slice(root.length + 1) + ' (raise the version and run `npm run pack`)');
for (const name of differing) console.error('differs from what the sources give: ' + name);
process.exit(differing.length ? 1 : 0);
