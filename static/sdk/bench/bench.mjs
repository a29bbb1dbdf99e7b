// Sizes and processor time of this SDK and of its peers' npm builds, measured alike in one Chromium:
// `node bench/bench.mjs [path of Chromium]`. Prints Markdown. Umami's tracker is not on npm, so it is not here.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PEERS = ['mixpanel-browser@2.83.0', 'posthog-js@1.449.2', '@segment/analytics-next@1.84.3', '@plausible-analytics/tracker@0.4.6'];
const HOST = '`${location.origin}/sink`';

/** Each makes `window.send(name, properties)`, set up as its documentation says and sending to this server. */
const ENTRIES = {
  'OBC Analytics': `import { OpenBioCureAnalytics } from '${root}/dist/index.js'
    const it = new OpenBioCureAnalytics({ key: 'k', endpoint: location.origin + '/api/v1/analytics', ws: false }).start()
    window.send = (name, p) => it.track(name, p)`,
  'mixpanel-browser': `import it from 'mixpanel-browser'
    it.init('k', { api_host: ${HOST} }); window.send = (name, p) => it.track(name, p)`,
  'posthog-js': `import it from 'posthog-js'
    it.init('k', { api_host: ${HOST}, disable_session_recording: true, opt_out_useragent_filter: true, rate_limiting: { events_per_second: 1e6, events_burst_limit: 1e6 } })
    window.send = (name, p) => it.capture(name, p)`,
  '@segment/analytics-next': `import { AnalyticsBrowser } from '@segment/analytics-next'
    const [it] = await AnalyticsBrowser.load({ writeKey: 'k', cdnURL: ${HOST}, cdnSettings: { integrations: {
      'Segment.io': { apiKey: 'k', apiHost: location.host + '/sink', protocol: 'http' } } } })
    window.send = (name, p) => void it.track(name, p)`,
  '@plausible-analytics/tracker': `import { init, track } from '@plausible-analytics/tracker'
    init({ domain: 'shop.example', endpoint: ${HOST}, captureOnLocalhost: true }); window.send = (name, p) => track(name, { props: p })`,
};

/** Runs in the page; microseconds of each call. `performance.now()` is 5 µs fine on a cross-origin-isolated page. */
async function measure(ours) {
  if (!crossOriginIsolated) throw new Error('not cross-origin isolated');
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const one = (n) => {
    const before = performance.now();
    window.send('bench', { context: 'dashboard', button: 'create-project', n });
    return (performance.now() - before) * 1000;
  };
  const at = (times, part) => times.sort((a, b) => a - b)[Math.floor((times.length - 1) * part)];
  const mean = (times) => times.reduce((sum, time) => sum + time, 0) / times.length;
  const summary = (times) => ({ median: at(times, 0.5), p99: at(times, 0.99), mean: mean(times) });
  const bursts = async (count) => {
    const times = [];
    for (let burst = 0; burst < count; burst++) {
      for (let n = 0; n < 100; n++) times.push(one(n));
      await pause(30);
    }
    return summary(times);
  };
  await pause(2_500);
  await bursts(10);
  const spacedTimes = [];
  for (let n = 0; n < 300; n++) {
    spacedTimes.push(one(n));
    await pause(10);
  }
  const found = { spaced: summary(spacedTimes), bursts: await bursts(30) };
  if (!ours) return found;
  const idle = async () => {
    while (JSON.parse(localStorage.obc_analytics_events).length) await pause(100);
    await pause(1_500);
    gc();
    await pause(200);
    gc();
    return performance.memory.usedJSHeapSize;
  };
  const before = await idle();
  for (let burst = 0; burst < 1_000; burst++) {
    for (let n = 0; n < 100; n++) one(n);
    while (burst % 20 === 19 && JSON.parse(localStorage.obc_analytics_events).length > 60) await pause(20);
    await pause(0);
  }
  found.memory = [before, await idle()].map((bytes) => Math.round(bytes / 1024));
  await fetch('/block');
  found.waiting = {};
  for (let waiting = 0; waiting <= 10_000; waiting += 2_500) {
    found.waiting[waiting] = await bursts(25);
  }
  return found;
}

function page(name) {
  const script = `(${measure})(${name === 'OBC Analytics'}).catch((error) => ({ error: '' + error }))
    .then((found) => fetch('/result', { method: 'POST', body: JSON.stringify(found) }))`;
  return `<!doctype html><title>bench</title><script type=module>import '/lib.js'\n${script}</script>`;
}

function bodyOf(request) {
  return new Promise((done) => {
    let text = '';
    request.on('data', (part) => (text += part)).on('end', () => done(text));
  });
}

/** One library in a fresh Chromium; what its page measured. */
async function run(chromium, name, library) {
  let told, blocked = false;
  const result = new Promise((done) => (told = done));
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    const say = (text, type, status = 200) => response.writeHead(status, { ...isolated, 'Content-Type': type }).end(text);
    if (request.url === '/') return say(page(name), 'text/html');
    if (request.url === '/lib.js') return say(library, 'text/javascript');
    if (request.url === '/block') blocked = true;
    if (request.url === '/result') told(JSON.parse(body));
    if (!request.url.includes('/batch?key=')) return say('{}', 'application/json');
    if (blocked) return say('{}', 'application/json', 503);
    const results = Object.fromEntries(JSON.parse(body).events.map(({ event_id }) => [event_id, { result: 'ok' }]));
    say(JSON.stringify({ results }), 'application/json');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const profile = mkdtempSync(join(tmpdir(), 'bench-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--enable-precise-memory-info', '--js-flags=--expose-gc'];
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`],
    { stdio: 'ignore', detached: true });
  const late = setTimeout(() => told({ error: 'no result within 180 s' }), 180_000);
  try {
    return await result;
  } finally {
    clearTimeout(late);
    process.kill(-browser.pid, 'SIGKILL');
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const chromium = process.argv[2] || 'chromium';
const folder = mkdtempSync(join(tmpdir(), 'peers-'));
try {
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...PEERS], { cwd: folder });
  console.log('| library | gzip | spaced calls, median / p99 / mean µs | bursts of 100, median / p99 / mean µs |\n|---|---|---|---|');
  const row = ({ median, p99, mean }) => `${median.toFixed(0)} / ${p99.toFixed(0)} / ${mean.toFixed(1)}`;
  let ours;
  for (const [name, contents] of Object.entries(ENTRIES)) {
    const bundle = async (text) => (await esbuild.build({
      stdin: { contents: text, resolveDir: folder }, bundle: true, minify: true, write: false, format: 'esm', target: 'es2022',
      external: ['./parts/*'], logLevel: 'error', legalComments: 'none',
    })).outputFiles[0].text;
    const library = await bundle(contents);
    const found = await run(chromium, name, library);
    if (name === 'OBC Analytics') ours = found;
    const size = gzipSync(library, { level: 9 }).length.toLocaleString('en');
    console.log(`| ${name} | ${size} | ${found.error || row(found.spaced)} | ${found.error ? '' : row(found.bursts)} |`);
  }
  console.log('| Umami | its tracker is not on npm | | |');
  if (ours?.waiting) {
    console.log('\n| already waiting | bursts of 100, median / p99 / mean µs |\n|---|---|');
    for (const waiting in ours.waiting) console.log(`| ${waiting}–${+waiting + 2500} | ${row(ours.waiting[waiting])} |`);
    console.log(`\nHeap before and after 100,000 events tracked and delivered: ${ours.memory[0]} and ${ours.memory[1]} KB.`);
  }
  console.log('\n| part | gzip |\n|---|---|');
  for (const name of ['analytics.js', 'react.js', 'mixpanel.js']) {
    console.log(`| ${name} | ${gzipSync(readFileSync(join(root, 'dist', name)), { level: 9 }).length} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
