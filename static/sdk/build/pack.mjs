// Makes releases/openbiocure-analytics-<version>.tgz out of dist/. A version that was released never changes:
// when dist/ differs from it, raise "version" in package.json and run this again. `--again` replaces the file
// of a version that nobody has yet. releases/checksums.json holds each file's SHA-256, which a test compares.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** package.json of what people install: ES modules and CommonJS, with types, also for resolvers without `exports`. */
export function manifest() {
  const entry = (name) => ({
    import: { types: `./${name}.d.ts`, default: `./${name}.js` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  });
  return {
    name: '@openbiocure/analytics',
    version,
    description: 'OBC Analytics in the browser and in React: nothing tracked is lost.',
    type: 'module',
    sideEffects: false,
    main: './index.cjs',
    module: './index.js',
    types: './index.d.ts',
    exports: { '.': entry('index'), './react': entry('react'), './mixpanel': entry('mixpanel'), './package.json': './package.json' },
    typesVersions: { '*': { react: ['./react.d.cts'], mixpanel: ['./mixpanel.d.cts'] } },
    peerDependencies: { react: '>=17' },
    peerDependenciesMeta: { react: { optional: true } },
    license: 'UNLICENSED',
  };
}

/** For resolvers that know no `exports`: a folder an entry, pointing at it. */
function stub(name) {
  return { main: `../${name}.cjs`, module: `../${name}.js`, types: `../${name}.d.ts`, sideEffects: false };
}

/** The package's files, name → bytes. */
export function files() {
  const found = {};
  const json = (value) => Buffer.from(JSON.stringify(value, null, 2) + '\n');
  for (const name of readdirSync(join(root, 'dist'), { recursive: true }).sort()) {
    const path = join(root, 'dist', name);
    if (statSync(path).isFile()) found[name] = readFileSync(path);
  }
  found['package.json'] = json(manifest());
  found['README.md'] = readFileSync(join(root, 'PACKAGE.md'));
  for (const name of ['react', 'mixpanel']) found[`${name}/package.json`] = json(stub(name));
  return found;
}

/** A ustar archive: 512-byte headers with nothing of this machine in them (no owner, one fixed time). */
function tar(entries) {
  const blocks = [];
  for (const name of Object.keys(entries).sort()) {
    const body = entries[name];
    const header = Buffer.alloc(512);
    header.write('package/' + name, 0, 100);
    header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
    header.write(body.length.toString(8).padStart(11, '0') + '\0', 124);
    header.write((499162500).toString(8).padStart(11, '0') + '\0', 136); // the time npm itself uses
    header.write('        ' + '0' + '\0'.repeat(100) + 'ustar\0' + '00', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** An archive's bytes, unpacked; gzip's own bytes differ between versions of zlib. */
export const archive = () => tar(files());
export const path = join(root, 'releases', `openbiocure-analytics-${version}.tgz`);
const checksums = join(dirname(path), 'checksums.json');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync(path) && !process.argv.includes('--again')) {
    console.error(`${version} is released already. Raise "version" in package.json.`);
    process.exit(1);
  }
  mkdirSync(dirname(path), { recursive: true });
  const tarball = gzipSync(archive(), { level: 9 });
  writeFileSync(path, tarball);
  const known = existsSync(checksums) ? JSON.parse(readFileSync(checksums, 'utf8')) : {};
  known[basename(path)] = createHash('sha256').update(tarball).digest('hex');
  writeFileSync(checksums, JSON.stringify(known, null, 2) + '\n');
  console.log(path.slice(root.length + 1));
}
