// Fails when dist/ is not what the sources make: `node build/check.mjs`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = mkdtempSync(join(tmpdir(), 'obc-sdk-'));
const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .sort();

try {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--noEmit'], { stdio: 'inherit' });
  execFileSync(process.execPath, [join(root, 'build/build.mjs'), fresh], { stdio: 'inherit' });
  const dist = join(root, 'dist');
  const names = [...new Set([...files(dist), ...files(fresh)])];
  const differing = names.filter((name) => {
    try {
      return !readFileSync(join(dist, name)).equals(readFileSync(join(fresh, name)));
    } catch {
      return true;
    }
  });
  if (differing.length) {
    console.error('dist/ is not what the sources make; run `npm run build`: ' + differing.join(', '));
    process.exitCode = 1;
  }
  for (const name of files(dist).filter((each) => /^(analytics|index|parts\/.*)\.js$/.test(each))) {
    console.log(name.padEnd(32), gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 'bytes gzip');
  }
} finally {
  rmSync(fresh, { recursive: true });
}
