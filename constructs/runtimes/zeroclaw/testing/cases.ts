import type { Wiring } from '../../../agent/plan.ts';
import { discord } from '../../../channels/discord.ts';
import { whatsApp } from '../../../channels/whatsapp.ts';
import { route } from '../../../models/route.ts';
import { liteLlm } from '../../../models/self-hosted.ts';
import type { PlacedTool } from '../../../tools/tool.ts';
import type { ZeroClawOptions } from '../options.ts';
import { chats, diagrams, everything, hook, phone, rooms, server, web, wiring } from './wiring.ts';

interface Case {
  readonly options: ZeroClawOptions;
  readonly wiring: Wiring;
}

/** Wirings without a problem. The real parser has to accept the configuration of each. */
export const cases = {
  minimal: { options: {}, wiring: wiring() },
  everything: { options: { commands: ['kubectl', 'flux'], metrics: true }, wiring: everything },
  chat: { options: { level: 'full', autoApprove: ['shell', 'file_write'] }, wiring: wiring({ channels: [rooms] }) },
  'every channel': { options: {}, wiring: wiring({ channels: [rooms, chats, server, phone, hook] }) },
  'direct messages alone': {
    options: {},
    wiring: wiring({
      channels: [
        discord({ people: ['123456789012345678'] }),
        whatsApp({ number: '+15550100000', people: ['+15550100001'] }),
      ],
    }),
  },
  'Gemini, then models of the cluster': {
    options: {},
    wiring: wiring({
      model: route('google/gemini-2.5-flash', {
        fallbacks: ['litellm/llama3.1', 'litellm/qwen3', 'litellm/qwen2.5-coder:14b'],
        providers: [liteLlm({ namespace: 'llm' })],
      }),
    }),
  },
  'a header of another name, and another scheme': {
    options: {},
    wiring: wiring({
      tools: [
        {
          ...diagrams,
          endpoint: { ...diagrams.endpoint, auth: { secret: 'claw-draw-io', key: 'token' }, header: { name: 'Token' } },
        },
        { ...web, endpoint: { ...web.endpoint, header: { name: 'Authorization', scheme: 'Token' } } },
      ] as PlacedTool[],
    }),
  },
  'webhook alone': { options: {}, wiring: wiring({ channels: [hook] }) },
  readonly: {
    options: { level: 'readonly', actionsPerHour: 1, metrics: true },
    wiring: { ...everything, exposure: undefined },
  },
} satisfies Record<string, Case>;
