import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus, Claim, Inbound } from './bus.ts';
import { inbound } from './testing.ts';

export interface BusUnderTest {
  readonly bus: Bus;
  /** Moves the bus's clock, in seconds; backwards too. */
  advance(seconds: number): void;
  /** The same messages as another process sees them after this one was killed. */
  restart(): Promise<Bus>;
  close(): Promise<void>;
}

/** What the suite expects of the bus that it is given. */
export const suiteOptions = { high: 4, low: 2, tries: 3, sendTries: 2, retentionDays: 14, leaseSeconds: 60 };

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('nothing to claim');
  return value;
};
const answer = (key: string, to = 'room') => ({ key, channel: 'test', to, text: `answer ${key}` });

/** What every bus must do; an implementation runs it from its own test file. */
export function busSuite(name: string, open: () => Promise<BusUnderTest>): void {
  describe(name, () => {
    let subject: BusUnderTest;
    let bus: Bus;
    const put = (id: string, changes?: Partial<Inbound>) => bus.inbox.put(inbound(id, changes));
    const claimed = async () => (await bus.inbox.claim())?.id;
    beforeEach(async () => {
      subject = await open();
      bus = subject.bus;
    });
    afterEach(() => subject.close());

    test('a message comes out as it went in', async () => {
      const message = inbound('a', { data: 'ä\u0000\ud83d\ude00', trust: 'data' });
      expect(await bus.inbox.put(message)).toBe('accepted');
      expect(must(await bus.inbox.claim())).toMatchObject({ id: 'a', attempt: 1, message });
    });

    test('a repeated id is a duplicate: waiting, worked on, done, and dead', async () => {
      await put('a');
      expect(await put('a')).toBe('duplicate');
      const claim = must(await bus.inbox.claim());
      expect(await put('a')).toBe('duplicate');
      await bus.inbox.done(claim);
      expect(await put('a')).toBe('duplicate');
      await put('b');
      await bus.inbox.fail(must(await bus.inbox.claim()), 'no', { permanent: true });
      expect(await put('b')).toBe('duplicate');
      expect(await bus.inbox.claim()).toBeUndefined();
    });

    test('a session is handled one after the other, sessions beside each other', async () => {
      await put('a1', { session: 'a' });
      await put('a2', { session: 'a' });
      await put('b1', { session: 'b' });
      const a1 = must(await bus.inbox.claim());
      expect([a1.id, await claimed(), await claimed()]).toEqual(['a1', 'b1', undefined]);
      await bus.inbox.done(a1);
      expect(await claimed()).toBe('a2');
    });

    test('a failed message is tried again later, and nothing overtakes it in its session', async () => {
      await put('a');
      await put('b');
      expect(await bus.inbox.fail(must(await bus.inbox.claim()), 'first')).toBe('retry');
      expect(await claimed()).toBeUndefined();
      subject.advance(1);
      expect(must(await bus.inbox.claim())).toMatchObject({ id: 'a', attempt: 2 });
    });

    test('after the last try it is a dead letter with the reason, and the next one goes on', async () => {
      await put('a');
      await put('b');
      const outcomes = [];
      for (const wait of [1, 5, 25]) {
        outcomes.push(await bus.inbox.fail(must(await bus.inbox.claim()), `failure ${wait}`));
        subject.advance(wait);
      }
      expect(outcomes).toEqual(['retry', 'retry', 'dead']);
      expect(await bus.deadLetters()).toMatchObject([{ queue: 'inbox', id: 'a', attempts: 3, error: 'failure 25' }]);
      expect(await claimed()).toBe('b');
    });

    test('a dead letter is replayed once, with all its tries', async () => {
      await put('a');
      await bus.inbox.fail(must(await bus.inbox.claim()), 'no', { permanent: true });
      expect(await bus.replay('inbox', 'a')).toBe(true);
      expect(await bus.replay('inbox', 'a')).toBe(false);
      expect(await bus.replay('outbox', 'a')).toBe(false);
      expect(await bus.deadLetters()).toEqual([]);
      expect(must(await bus.inbox.claim())).toMatchObject({ id: 'a', attempt: 1, message: inbound('a') });
    });

    test('a lease that ends gives the message to the next, and the first holder can do nothing more', async () => {
      await put('a');
      const lost = must(await bus.inbox.claim());
      subject.advance(60);
      const held = must(await bus.inbox.claim());
      expect(held).toMatchObject({ id: 'a', attempt: 2 });
      expect(await bus.complete(lost, [answer('a/1')])).toBe(false);
      expect(await bus.inbox.done(lost)).toBe(false);
      expect(await bus.inbox.fail(lost, 'late')).toBe('lost');
      expect(await bus.outbox.claim()).toBeUndefined();
      expect(await bus.complete(held, [answer('a/1')])).toBe(true);
    });

    test('a message whose holder dies each time becomes a dead letter', async () => {
      await put('poison');
      for (let tries = 0; tries < 3; tries += 1) {
        must(await bus.inbox.claim());
        subject.advance(60);
      }
      expect(await claimed()).toBeUndefined();
      expect(await bus.deadLetters()).toMatchObject([{ id: 'poison', attempts: 3 }]);
    });

    test('a message that was given back counts no try', async () => {
      await put('a');
      await bus.inbox.release(must(await bus.inbox.claim()));
      expect(must(await bus.inbox.claim())).toMatchObject({ attempt: 1 });
    });

    test('answers and the end of the message are one step', async () => {
      await put('a');
      const claim = must(await bus.inbox.claim());
      expect(await bus.complete(claim, [answer('a/1'), answer('a/2')])).toBe(true);
      expect(await bus.complete(claim, [answer('a/3')])).toBe(false);
      expect(await bus.inbox.depth()).toEqual({ pending: 0, active: 0, dead: 0 });
      expect(await bus.outbox.depth()).toEqual({ pending: 2, active: 0, dead: 0 });
    });

    test('answers leave in order per address, and only for the channel that asks', async () => {
      for (const [key, to] of [
        ['1', 'x'],
        ['2', 'x'],
        ['3', 'y'],
      ] as const)
        await bus.outbox.put(answer(key, to));
      await bus.outbox.put({ key: '4', channel: 'other', to: 'x', text: '' });
      const first = must(await bus.outbox.claim('test'));
      const keys = [
        first.id,
        (await bus.outbox.claim('test'))?.id,
        (await bus.outbox.claim('test'))?.id,
        (await bus.outbox.claim('other'))?.id,
      ];
      expect(keys).toEqual(['1', '3', undefined, '4']);
      await bus.outbox.done(first);
      expect((await bus.outbox.claim('test'))?.id).toBe('2');
    });

    test('an answer has tries of its own', async () => {
      await bus.outbox.put(answer('1'));
      expect(await bus.outbox.fail(must(await bus.outbox.claim()), 'away')).toBe('retry');
      subject.advance(1);
      expect(await bus.outbox.fail(must(await bus.outbox.claim()), 'away')).toBe('dead');
    });

    test('from the high mark on nothing is taken until the low mark', async () => {
      for (const id of ['a', 'b', 'c', 'd']) expect(await put(id, { session: id })).toBe('accepted');
      expect([await put('e'), await put('a'), await bus.inbox.full()]).toEqual(['full', 'duplicate', true]);
      const take = async () => bus.inbox.done(must(await bus.inbox.claim()));
      await take();
      expect(await put('e')).toBe('full');
      await take();
      expect([await bus.inbox.full(), await put('e')]).toEqual([false, 'accepted']);
    });

    test('the answers of a message are stored although the outbox is full', async () => {
      await put('a');
      for (const key of ['1', '2', '3', '4']) await bus.outbox.put(answer(key));
      expect(await bus.outbox.put(answer('5'))).toBe('full');
      expect(await bus.complete(must(await bus.inbox.claim()), [answer('a/1')])).toBe(true);
      expect(await bus.outbox.depth()).toMatchObject({ pending: 5 });
    });

    test('a killed process loses nothing, and what it held is tried again at once', async () => {
      await put('a', { session: 'a' });
      await put('b', { session: 'b' });
      await put('c', { session: 'c' });
      await bus.complete(must(await bus.inbox.claim()), [answer('a/1')]);
      must(await bus.inbox.claim());
      bus = await subject.restart();
      const claims: Claim<Inbound>[] = [must(await bus.inbox.claim()), must(await bus.inbox.claim())];
      expect(claims.map(({ id, attempt }) => [id, attempt])).toEqual([
        ['b', 2],
        ['c', 1],
      ]);
      expect(must(await bus.outbox.claim('test')).message).toEqual(answer('a/1'));
      expect(await put('a')).toBe('duplicate');
    });

    test('a clock that jumps back does not hold anything up', async () => {
      await put('a');
      await bus.inbox.fail(must(await bus.inbox.claim()), 'first');
      subject.advance(-86_400);
      expect(must(await bus.inbox.claim())).toMatchObject({ id: 'a', attempt: 2 });
      subject.advance(-86_400);
      expect(must(await bus.inbox.claim())).toMatchObject({ id: 'a', attempt: 3 });
    });

    test('a lane is busy until its last message is done or dead', async () => {
      expect(await bus.inbox.busy('test:room')).toBe(false);
      await put('a');
      expect([await bus.inbox.busy('test:room'), await bus.inbox.busy('other')]).toEqual([true, false]);
      const claim = must(await bus.inbox.claim());
      expect(await bus.inbox.busy('test:room')).toBe(true);
      await bus.inbox.fail(claim, 'no', { permanent: true });
      expect(await bus.inbox.busy('test:room')).toBe(false);
    });

    test('a lane that is cleared keeps one message; whoever held another has lost it, and its answers', async () => {
      await put('a');
      await put('b');
      await put('c');
      await put('d', { session: 'other' });
      const held = must(await bus.inbox.claim());
      expect((await bus.inbox.clear('test:room', 'c')).toSorted()).toEqual(['a', 'b']);
      expect(await bus.complete(held, [answer('a/1')])).toBe(false);
      expect(await bus.inbox.fail(held, 'no')).toBe('lost');
      expect([await claimed(), await claimed(), await claimed()]).toEqual(['c', 'd', undefined]);
      expect(await put('a')).toBe('duplicate');
      expect(await bus.outbox.depth()).toMatchObject({ pending: 0 });
    });

    test('whoever waits is woken by a message, and by the abort', async () => {
      const waiting = bus.inbox.ready(new AbortController().signal);
      await put('a');
      await waiting;
      await bus.inbox.ready(AbortSignal.abort());
      expect(await claimed()).toBe('a');
    });
  });
}
