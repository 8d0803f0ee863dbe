import { LLMock } from '@copilotkit/aimock';

/** The message that a text speaks of: `m<scene>-<number>`. */
export const nameIn = (text: string) => /\b(m\d+-\d+)\b/.exec(text)?.[1];

export interface ScriptedModel {
  readonly url: string;
  /** Answers to messages that say `wait` are held back until it is called. */
  release(): void;
  stop(): Promise<void>;
}

/**
 * Answers name the message that they are for, and each has a number of its own, so that a message that was answered twice
 * shows. `remember` in a message: the tool of that name is called first. `drip`: the answer comes slowly, in pieces, for two
 * seconds; `trickle`: for half a minute. `hang`: nothing comes.
 */
export async function scriptedModel(): Promise<ScriptedModel> {
  const mock = await LLMock.create({ port: 0, journalMaxEntries: 10 });
  let calls = 0;
  const gate = Promise.withResolvers<void>();
  const answer = (asked: string, padding = '') => {
    calls += 1;
    return { content: `answer to ${nameIn(asked) ?? 'nobody'} by call ${calls}${padding}` };
  };
  const pieces = { chunkSize: 8, latency: 200 };
  mock.onMessage(
    /drip/,
    ({ messages }) => answer(String(messages.at(-1)?.content), ', at last, in pieces'.repeat(3)),
    pieces,
  );
  mock.onMessage(/trickle/, ({ messages }) => answer(String(messages.at(-1)?.content), ' …'.repeat(600)), pieces);
  mock.onMessage(/hang/, () => new Promise<never>(() => {}));
  mock.onMessage(/.*/, async ({ messages }) => {
    const asked = String(messages.findLast(({ role }) => role === 'user')?.content ?? '');
    if (asked.includes('wait')) await gate.promise;
    if (asked.includes('remember') && messages.at(-1)?.role === 'user')
      return { toolCalls: [{ name: 'remember', arguments: JSON.stringify({ text: `note of ${nameIn(asked)}` }) }] };
    return answer(asked);
  });
  return { url: `${mock.url}/v1`, release: () => gate.resolve(), stop: () => mock.stop() };
}
