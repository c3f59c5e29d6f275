/**
 * `node --import ./scripts/offline.mjs …`: ends a process that uses the network, with the exit code 97 and the address. It
 * ends the process because code that sends usage statistics ignores every exception.
 *
 * With `NODE_OPTIONS` it applies to child processes of Node.js too.
 */
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const EXIT_CODE = 97;

function refuse(what) {
  writeSync(
    2,
    `offline.mjs: ${process.argv.slice(0, 3).join(' ')} wanted ${what}\n${new Error().stack?.split('\n').slice(3, 8).join('\n')}\n`,
  );
  process.exit(EXIT_CODE);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const options =
    typeof first === 'object' ? first : Number.isNaN(Number(first)) ? { path: first } : { port: first, host: second };
  // A socket that is a file stays on this machine.
  return options.path
    ? connect.apply(this, given)
    : refuse(`a connection to ${options.host ?? 'localhost'}:${options.port}`);
};

for (const names of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(names).filter((name) => /^(lookup|resolve|reverse)/.test(name))) {
    names[name] = (host) => refuse(`${name} of ${host}`);
  }
}

// Such a process could use the network unseen.
const spawn = childProcess.spawn;
childProcess.spawn = (file, ...given) => {
  const options = given.find((argument) => typeof argument === 'object' && !Array.isArray(argument));
  return options?.detached
    ? refuse(`a process that outlives it: ${[file, given[0]].flat().join(' ')}`)
    : spawn(file, ...given);
};

for (const name of ['connect', 'send']) {
  dgram.Socket.prototype[name] = () => refuse('to send a datagram');
}

syncBuiltinESMExports();
