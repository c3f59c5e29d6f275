/** `scripts/offline.mjs` ends a process that uses the network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const guard = join(import.meta.dirname, '..', 'scripts', 'offline.mjs');
const wanting: Record<string, [string, RegExp]> = {
  'a socket': ["require('node:net').connect(9, '192.0.2.1')", /a connection to 192\.0\.2\.1:9/],
  'a socket with options': [
    "require('node:net').connect({ port: 9, host: '192.0.2.1' })",
    /a connection to 192\.0\.2\.1:9/,
  ],
  'a page': [
    "require('node:http').get('http://192.0.2.1/page').on('error', () => {})",
    /a connection to 192\.0\.2\.1:80/,
  ],
  'a page over TLS': [
    "require('node:https').get('https://192.0.2.1/page').on('error', () => {})",
    /a connection to 192\.0\.2\.1:443/,
  ],
  'fetch, whose error is swallowed': ["fetch('http://192.0.2.1/').catch(() => {})", /a connection to 192\.0\.2\.1:80/],
  'a name': ["require('node:dns').lookup('example.com', () => {})", /lookup of example\.com/],
  'a promised name': [
    "require('node:dns/promises').resolve4('example.com').catch(() => {})",
    /resolve4 of example\.com/,
  ],
  'a datagram': ["require('node:dgram').createSocket('udp4').send('x', 9, '192.0.2.1')", /to send a datagram/],
  'a process that outlives it': [
    "require('node:child_process').spawn('true', ['--send'], { detached: true }).on('error', () => {})",
    /a process that outlives it: true --send/,
  ],
  'a process of its own': [
    `require('node:child_process').execFileSync(process.execPath, ['-e', "require('node:net').connect(9, '192.0.2.1')"], { stdio: 'inherit' })`,
    /a connection to 192\.0\.2\.1:9/,
  ],
};

for (const [what, [program, says]] of Object.entries(wanting)) {
  test(`a process that wants ${what} is ended`, () => {
    const ended = run(program);
    assert.notEqual(ended.status, 0);
    assert.match(ended.stderr, says);
  });
}

test('a socket that is a file is allowed', () => {
  const program = `
    const net = require('node:net'), path = require('node:path').join(require('node:fs').mkdtempSync(require('node:os').tmpdir() + '/'), 's');
    const server = net.createServer((socket) => socket.end('hello')).listen(path, () =>
      net.connect(path).on('data', (said) => { console.log(String(said)); server.close(); }));`;
  const ended = run(program);
  assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, 'hello\n', '']);
});

function run(program: string) {
  return spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: `--import ${guard}` },
  });
}
