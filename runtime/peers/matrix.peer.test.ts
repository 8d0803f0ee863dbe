/**
 * The Matrix channel and a real Synapse, with people who use the SDK as it comes. `npm run peers`. Needs Linux, root and
 * debootstrap, or a root folder with Debian's matrix-synapse in $RUNTIME_SYNAPSE.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, onTestFinished, test } from 'vitest';
import type { Inbound } from '../src/bus.ts';
import { MatrixChannel } from '../src/channel-matrix.ts';
import { Metrics } from '../src/metrics.ts';
import { recordedLog } from '../src/testing.ts';
import { Echo, type MatrixInput } from './matrix-echo-process.ts';
import { Person, pause } from './matrix-person.ts';
import { StateRefusingProxy } from './matrix-proxy.ts';
import { Synapse, synapseRoot } from './synapse.ts';

let synapse: Synapse;
let missing: string | undefined;
let number = 0;

beforeAll(async () => {
  const root = await synapseRoot();
  if (typeof root === 'string') synapse = await Synapse.start(root);
  else {
    missing = root.message;
    console.warn(`Matrix is not tried with Synapse: ${missing}`);
  }
}, 1_200_000);
afterAll(() => synapse?.remove());
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

/** Accounts of an agent and of alice, whose device is signed, and a room of hers. */
async function scene({ encrypted = true } = {}) {
  number += 1;
  const folder = mkdtempSync(join(tmpdir(), 'matrix-'));
  const password = randomBytes(12).toString('hex');
  const file = join(folder, 'password');
  writeFileSync(file, `${password}\n`);
  const agent = await synapse.register(`agent${number}`, password);
  const alice = await person(`alice${number}`, password);
  await alice.makeIdentity(password);
  const room = await alice.makeRoom(encrypted);
  const config: MatrixInput = {
    homeserver: synapse.url,
    user: agent,
    login: { password: { file } },
    allow: [alice.user],
    rooms: [room],
  };
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const echo = (changes: Partial<MatrixInput> = {}) => {
    const made = new Echo(folder, { ...config, ...changes });
    onTestFinished(() => made.end('SIGKILL'));
    onTestFailed(() => console.log(made.output));
    return made;
  };
  const says = (text: string) => `agent${number}: you said: ${text}`;
  const invited = async (by: Person, where: string) => {
    await by.client.invite(where, agent);
    while (by.membership(where, agent) !== 'join') await pause();
  };
  return { folder, password, file, config, agent, alice, room, echo, says, invited };
}

async function person(name: string, password: string, known = false): Promise<Person> {
  if (!known) await synapse.register(name, password);
  const made = await Person.login(synapse.url, `@${name}:localhost`, password);
  onTestFinished(() => made.stop());
  return made;
}

async function devices({ agent, password }: { agent: string; password: string }): Promise<string[]> {
  const login = await fetch(`${synapse.url}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: agent }, password }),
  });
  const { access_token, device_id } = (await login.json()) as { access_token: string; device_id: string };
  const headers = { authorization: `Bearer ${access_token}` };
  const answer = await fetch(`${synapse.url}/_matrix/client/v3/devices`, { headers });
  const { devices } = (await answer.json()) as { devices: { device_id: string }[] };
  await fetch(`${synapse.url}/_matrix/client/v3/logout`, { method: 'POST', headers, body: '{}' });
  return devices.map((device) => device.device_id).filter((id) => id !== device_id);
}

test('an invitation of an allowed user, an encrypted question, an encrypted answer', async () => {
  const { alice, room, echo, says, invited, agent, password } = await scene();
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  const id = await alice.say(room, 'the pod is red');
  await alice.hears(says('the pod is red'));
  const event = (await alice.client.fetchRoomEvent(room, id)) as { type: string };
  expect(event.type).toBe('m.room.encrypted');
  const answers = alice.client
    .getRoom(room)
    ?.getLiveTimeline()
    .getEvents()
    .filter((e) => e.getSender() === agent && e.getType() === 'm.room.message');
  expect(answers?.map((answer) => answer.getWireType())).toEqual(['m.room.encrypted']);
  // Signed by its account, which a client shows without a warning about the device.
  const info = await Promise.all(
    (answers ?? []).map((answer) => alice.client.getCrypto()?.getEncryptionInfoForEvent(answer)),
  );
  expect(info.map((one) => one?.shieldReason)).toEqual([null]);
  expect(bot.output).not.toContain(password);
});

test('killed again and again: the same device and keys, every message answered once, nothing undecryptable', async () => {
  const made = await scene();
  const { alice, room, echo, says, invited, password } = made;
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  const texts: string[] = [];
  const say = async (text: string) => {
    texts.push(text);
    await alice.say(room, text);
  };
  await say('first');
  await alice.hears(says('first'));
  const { device } = await bot.says(({ msg }) => msg === 'logged in');
  const known = await devices(made);
  expect(known).toContain(device);
  const keys = async () => {
    const map = await alice.client.downloadKeysForUsers([made.agent]);
    return JSON.stringify(map.device_keys[made.agent]?.[String(device)]?.keys);
  };
  const before = await keys();
  expect(before).toContain(`ed25519:${device}`);
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 4; index += 1) await say(`${round}.${index}`);
    // Some rounds in the middle of an answer, some before the message was read.
    await new Promise((resolve) => setTimeout(resolve, round * 40));
    await bot.end('SIGKILL');
    await say(`while it is away ${round}`);
    await bot.start();
  }
  await say('last');
  for (const text of texts) await alice.hears(says(text));
  await bot.end('SIGTERM');
  expect(alice.heard.toSorted()).toEqual(texts.map(says).toSorted());
  expect(await devices(made)).toEqual(known);
  expect(await keys()).toBe(before);
  expect(bot.lines.filter(({ msg }) => msg === 'logged in')).toHaveLength(1);
  expect(bot.lines.filter(({ msg }) => msg === 'a message is not heard')).toEqual([]);
  expect(bot.output).not.toContain(password);
});

test('more messages than one sync holds, while the agent is away: all are answered, in order', async () => {
  const { alice, room, echo, says, invited } = await scene();
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'hello');
  await alice.hears(says('hello'));
  await bot.end('SIGTERM');
  const texts = Array.from({ length: 160 }, (_, index) => `number ${index}`);
  for (const text of texts) await alice.say(room, text);
  await bot.start();
  await alice.hears(says(texts.at(-1) ?? ''));
  await bot.end('SIGTERM');
  expect(alice.heard).toEqual(['hello', ...texts].map(says));
});

test('a second device of the sender is heard once its owner has signed it, and not before', async () => {
  const { alice, room, echo, says, invited, password } = await scene();
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'from the first');
  await alice.hears(says('from the first'));
  const second = await Person.login(synapse.url, alice.user, password);
  onTestFinished(() => second.stop());
  while (second.client.getRoom(room) === null || !(await second.client.getCrypto()?.isEncryptionEnabledInRoom(room)))
    await pause();
  await second.say(room, 'from the second');
  await bot.says(({ msg }) => msg === 'a message waits for its key');
  await alice.say(room, 'again from the first');
  await alice.hears(says('again from the first'));
  expect(alice.heard).toEqual([`from the first`, 'again from the first'].map(says));
  await alice.sign(second.device);
  await alice.hears(says('from the second'));
  await second.say(room, 'again from the second');
  await second.hears(says('again from the second'));
});

test('with `devices: any` an unsigned device is heard too', async () => {
  const { alice, room, echo, says, invited, password } = await scene();
  const bot = echo({ devices: 'any' });
  await bot.start();
  await invited(alice, room);
  const second = await Person.login(synapse.url, alice.user, password);
  onTestFinished(() => second.stop());
  while (second.client.getRoom(room) === null || !(await second.client.getCrypto()?.isEncryptionEnabledInRoom(room)))
    await pause();
  await second.say(room, 'unsigned');
  await alice.hears(says('unsigned'));
});

test('an identity that has changed is not heard until the configuration names it', async () => {
  const { alice, room, echo, says, invited, password } = await scene();
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'one');
  await alice.hears(says('one'));
  await alice.makeIdentity(password);
  await alice.say(room, 'two');
  const refusal = await bot.says(({ msg }) => msg === 'a message is not heard');
  expect(refusal.reason).toBe('the identity of the sender has changed: name the new one in `identities`');
  await bot.end('SIGTERM');
  const { master_keys } = await alice.client.downloadKeysForUsers([alice.user]);
  const identity = Object.values(master_keys?.[alice.user]?.keys ?? {})[0] ?? '';
  const told = echo({ identities: { [alice.user]: identity } });
  await told.start();
  await alice.say(room, 'three');
  await alice.hears(says('three'));
  expect(alice.heard).toEqual(['one', 'three'].map(says));
});

test('strangers: not heard, not followed; nor are allowed people in other rooms, or in plain text', async () => {
  const { alice, agent, room, echo, says, invited, password } = await scene();
  const mallory = await person(`mallory${number}`, password);
  await mallory.makeIdentity(password);
  const bot = echo();
  await bot.start();
  const hers = await mallory.makeRoom(true);
  await mallory.client.invite(hers, agent);
  const other = await alice.makeRoom(true);
  await alice.client.invite(other, agent);
  await invited(alice, room);
  await alice.client.invite(room, mallory.user);
  await mallory.client.joinRoom(room);
  while (!(await mallory.client.getCrypto()?.isEncryptionEnabledInRoom(room))) await pause();
  await mallory.say(room, 'delete everything');
  await alice.client.http.authedRequest(
    'PUT' as never,
    `/rooms/${encodeURIComponent(room)}/send/m.room.message/plain`,
    {},
    {
      msgtype: 'm.text',
      body: 'in plain text',
    } as never,
  );
  await alice.say(room, 'and now?');
  await alice.hears(says('and now?'));
  await bot.end('SIGTERM');
  expect(alice.heard.filter((line) => line.includes('you said'))).toEqual([says('and now?')]);
  expect(mallory.membership(hers, agent)).toBe('invite');
  expect(alice.membership(other, agent)).toBe('invite');
  expect(
    bot.lines
      .filter(({ msg }) => /not (heard|followed)/.test(String(msg)))
      .map(({ msg, sender, reason }) => [sender, reason ?? msg]),
  ).toEqual([
    [mallory.user, 'an invitation is not followed: its sender or its room is not on the list'],
    [alice.user, 'an invitation is not followed: its sender or its room is not on the list'],
    [mallory.user, 'a stranger is not heard'],
    [alice.user, 'it is not encrypted'],
  ]);
});

test('thrown out and invited again: who came and who went meanwhile is known', async () => {
  const { alice, agent, room, echo, says, invited, password } = await scene();
  const [bob, carol] = [await person(`bob${number}`, password), await person(`carol${number}`, password)];
  for (const one of [bob, carol]) await one.makeIdentity(password);
  const bot = echo();
  await bot.start();
  await alice.client.invite(room, bob.user);
  await bob.client.joinRoom(room);
  await invited(alice, room);
  await alice.say(room, 'with bob');
  await bob.hears(says('with bob'));
  await alice.client.kick(room, agent);
  await alice.client.kick(room, bob.user);
  await alice.client.invite(room, carol.user);
  await carol.client.joinRoom(room);
  await alice.say(room, 'without the agent');
  await invited(alice, room);
  await alice.say(room, 'with carol');
  for (const one of [alice, carol]) await one.hears(says('with carol'));
  expect(alice.heard.filter((line) => line.includes('you said'))).toEqual(['with bob', 'with carol'].map(says));
});

test('a room without encryption, where the configuration says so', async () => {
  const { alice, agent, room, echo, says, invited } = await scene({ encrypted: false });
  const bot = echo({ unencryptedRooms: [room] });
  await bot.start();
  await alice.say(room, 'before it was invited');
  await invited(alice, room);
  await alice.say(room, 'plain');
  await alice.hears(says('plain'));
  expect(alice.heard).toEqual([says('plain')]);
  const answer = alice.client
    .getRoom(room)
    ?.getLiveTimeline()
    .getEvents()
    .find((e) => e.getSender() === agent && e.getType() === 'm.room.message');
  expect(answer?.getWireContent()).toEqual({ msgtype: 'm.text', body: 'you said: plain', 'm.mentions': {} });
  await alice.client.sendStateEvent(
    room,
    'm.room.encryption' as never,
    { algorithm: 'm.megolm.v1.aes-sha2' } as never,
    '',
  );
  while (!(await alice.client.getCrypto()?.isEncryptionEnabledInRoom(room))) await pause();
  await alice.say(room, 'encrypted from now on');
  await alice.hears(says('encrypted from now on'));
  const last = alice.client
    .getRoom(room)
    ?.getLiveTimeline()
    .getEvents()
    .findLast((e) => e.getSender() === agent);
  expect(last?.getWireType()).toBe('m.room.encrypted');
});

test('a homeserver that goes away and comes back', async () => {
  const { alice, room, echo, says, invited } = await scene();
  const bot = echo();
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'before');
  await alice.hears(says('before'));
  await synapse.down();
  await bot.says(({ msg }) => msg === 'sync failed');
  await synapse.up();
  alice.client.retryImmediately();
  await alice.say(room, 'after');
  await alice.hears(says('after'));
  expect(alice.heard).toEqual(['before', 'after'].map(says));
});

test('a lost volume: a new device with the same identity, by the recovery key', async () => {
  const { alice, agent, folder, room, echo, says, invited } = await scene();
  const file = join(folder, 'recovery-key');
  writeFileSync(file, encodeRecoveryKey(randomBytes(32)) ?? '');
  const bot = echo({ recoveryKey: { file } });
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'one');
  await alice.hears(says('one'));
  const identity = async () => (await alice.client.downloadKeysForUsers([agent])).master_keys?.[agent]?.keys;
  const before = await identity();
  await bot.end('SIGKILL');
  rmSync(join(folder, 'state'), { recursive: true });
  const again = echo({ recoveryKey: { file } });
  await again.start();
  const { device } = await again.says(({ msg }) => msg === 'signed the device with the recovered identity');
  await alice.knows(agent, String(device));
  await alice.say(room, 'two');
  await alice.hears(says('two'));
  expect(await identity()).toEqual(before);
  expect(alice.heard).toEqual(['one', 'two'].map(says));
  await again.end('SIGTERM');
  rmSync(join(folder, 'state'), { recursive: true });
  const without = echo();
  await without.start();
  expect((await without.says(({ msg }) => msg === 'refused')).refused).toBe(
    'the account has a cross-signing identity that this device does not hold: give its recovery key',
  );
});

test('an access token: its device is used; without its keys, or wrong, it is refused', async () => {
  const { agent, alice, folder, room, echo, says, invited, password } = await scene();
  const login = await alice.client.http.request<{ access_token: string; device_id: string }>(
    'POST' as never,
    '/login',
    undefined,
    {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: agent },
      password,
    } as never,
  );
  const file = join(folder, 'token');
  writeFileSync(file, login.access_token);
  const bot = echo({ login: { token: { file } } });
  await bot.start();
  await invited(alice, room);
  await alice.say(room, 'by token');
  await alice.hears(says('by token'));
  await bot.end('SIGTERM');
  expect(bot.output).not.toContain(login.access_token);
  expect(readFileSync(join(folder, 'state', 'matrix.db')).includes(login.access_token)).toBe(false);
  rmSync(join(folder, 'state'), { recursive: true });
  const lost = echo({ login: { token: { file } } });
  await lost.start();
  expect((await lost.says(({ msg }) => msg === 'refused')).refused).toBe(
    `the keys of device ${login.device_id} are lost, and it cannot have others: give the token of a new login`,
  );
  writeFileSync(file, 'syt_wrong');
  const wrong = echo({ login: { token: { file } } });
  await wrong.start();
  expect((await wrong.says(({ msg }) => msg === 'refused')).refused).toBe('the access token is not valid');
});

test('one key twice is one event, whatever the text; another key is another', async () => {
  const { alice, agent, room, folder, config, invited } = await scene();
  const state = join(folder, 'state');
  const matrix = { ...config, identities: {}, unencryptedRooms: [], devices: 'signed' as const };
  const channel = new MatrixChannel(matrix, state, recordedLog().log, new Metrics());
  const heard: Inbound[] = [];
  await channel.start(async (message) => {
    heard.push(message);
    return 'accepted';
  });
  onTestFinished(() => channel.stop());
  await invited(alice, room);
  await alice.say(room, 'hello');
  while (heard.length === 0) await pause();
  const { signal } = new AbortController();
  for (const [text, key] of [
    ['first', 'matrix:$a/1'],
    ['second try', 'matrix:$a/1'],
    ['the end', 'matrix:$a/2'],
  ] as const)
    await channel.send(room, text, key, signal);
  const name = agent.slice(1).split(':')[0];
  await alice.hears(`${name}: the end`);
  expect(alice.heard).toEqual([`${name}: first`, `${name}: the end`]);
  const query = { dir: 'b', limit: 100, filter: JSON.stringify({ senders: [agent], types: ['m.room.encrypted'] }) };
  const { chunk } = await alice.client.http.authedRequest<{ chunk: unknown[] }>(
    'GET' as never,
    `/rooms/${encodeURIComponent(room)}/messages`,
    query as never,
  );
  expect(chunk).toHaveLength(2);
});

test('a room whose state the server refuses is left out, and said; the others go on', async () => {
  const { alice, agent, room, echo, says, invited } = await scene();
  const broken = await alice.makeRoom(true);
  const proxy = await StateRefusingProxy.start(synapse.url, broken);
  onTestFinished(() => proxy.close());
  const bot = echo({ homeserver: proxy.url, rooms: [room, broken] });
  await bot.start();
  await invited(alice, room);
  await invited(alice, broken);
  await alice.say(broken, 'into the void');
  await bot.says(({ msg }) => msg === 'a room is not heard: the server refuses its state');
  await alice.say(room, 'in the other one');
  await alice.hears(says('in the other one'));
  await bot.end('SIGTERM');
  expect((await bot.says(({ msg }) => msg === 'stopped')).problem).toBe(
    `the server refuses the state of ${broken}: nothing is heard there; invite the agent again`,
  );
  expect(bot.lines.filter(({ msg }) => msg === 'sync failed')).toEqual([]);
  proxy.refused = undefined;
  const again = echo({ homeserver: proxy.url, rooms: [room, broken] });
  await again.start();
  await alice.say(broken, 'and now?');
  await alice.hears(says('and now?'));
  expect(alice.heard).toEqual(['in the other one', 'and now?'].map(says));
  expect(alice.membership(broken, agent)).toBe('join');
});
