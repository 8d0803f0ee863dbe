import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelMessage } from 'ai';
import type { Inbound } from './bus.ts';
import type { Config } from './config.ts';
import type { History } from './history.ts';
import type { Toolbox } from './tool.ts';
import { clip, untrusted, untrustedRule } from './untrusted.ts';

const instructionsLimit = 65_536;
const historyLimit = 40_000;
const messageLimit = 65_536;

/** The system prompt: the configuration's words, the workspace's AGENTS.md, and what the tools add. */
export async function systemPrompt(config: Config, toolboxes: readonly Toolbox[]): Promise<string> {
  const parts = [
    `You are ${config.agent.name}, an agent in a Kubernetes pod. You hold no right to change anything but what your tools say.`,
    config.agent.instructions,
    await readFile(join(config.workspace, 'AGENTS.md'), 'utf8').then(
      (text) => clip(text, instructionsLimit),
      () => '',
    ),
    untrustedRule,
    ...(await Promise.all(toolboxes.map((toolbox) => toolbox.prompt?.() ?? ''))),
  ];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The conversation so far and the message, as the model reads it; and whether any of it is, or may repeat, data. */
export function conversation(message: Inbound, history: History): { messages: ModelMessage[]; tainted: boolean } {
  const turns = history.before(message.id, message.session, historyLimit);
  const messages: ModelMessage[] = [
    ...turns.flatMap(({ user, answer, data }): ModelMessage[] => [
      { role: 'user', content: data ? untrusted('earlier message', user) : user },
      { role: 'assistant', content: answer },
    ]),
    { role: 'user', content: asText(message) },
  ];
  const tainted = message.trust !== 'operator' || message.data !== undefined || turns.some((turn) => turn.tainted);
  return { messages, tainted };
}

function asText({ text, data, channel, trust }: Inbound): string {
  const words = trust === 'operator' || data !== undefined ? text : untrusted(channel, text);
  return data === undefined ? clip(words, messageLimit) : `${words}\n\n${untrusted(channel, clip(data, messageLimit))}`;
}
