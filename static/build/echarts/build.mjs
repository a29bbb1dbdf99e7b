// npm ci && npm run build: writes static/vendor/echarts/, the same bytes each time.
import { build } from 'esbuild'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = new URL('.', import.meta.url)
const out = new URL('../../vendor/echarts/', here)
const bundle = fileURLToPath(new URL('echarts.js', out))
const echarts = new URL('node_modules/echarts/', here)
const { version } = JSON.parse(await readFile(new URL('package.json', echarts)))

await mkdir(out, { recursive: true })
await build({
  entryPoints: [fileURLToPath(new URL('entry.js', here))], outfile: bundle, bundle: true, minify: true, format: 'esm',
  target: ['es2020'], legalComments: 'none', define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: `/*! Apache ECharts ${version}, zrender (BSD-3-Clause), Apache-2.0: see LICENSE, LICENSE-zrender and NOTICE */` },
})
for (const name of ['LICENSE', 'NOTICE']) await copyFile(new URL(name, echarts), new URL(name, out))
await copyFile(new URL('node_modules/zrender/LICENSE', here), new URL('LICENSE-zrender', out))
await writeFile(new URL('VERSION', out), `${version}\n`)

const size = gzipSync(await readFile(bundle), { level: 9 }).length
console.log(`echarts ${version}: ${(size / 1000).toFixed(1)} KB gzip`)
if (size > 250_000) throw new Error('more than 250 KB gzip')
