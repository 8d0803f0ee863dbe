import type { Wiring } from '../../../agent/plan.ts';
import type { ZeroClawOptions } from '../options.ts';
import { everything, rooms, wiring } from './wiring.ts';

interface Case {
  readonly options: ZeroClawOptions;
  readonly wiring: Wiring;
}

/** Wirings without a problem. The real parser has to accept the configuration of each. */
export const cases = {
  minimal: { options: {}, wiring: wiring() },
  everything: { options: { commands: ['kubectl', 'flux'], metrics: true }, wiring: everything },
  chat: { options: { level: 'full', autoApprove: ['shell', 'file_write'] }, wiring: wiring({ channels: [rooms] }) },
  readonly: {
    options: { level: 'readonly', actionsPerHour: 1, metrics: true },
    wiring: { ...everything, exposure: undefined },
  },
} satisfies Record<string, Case>;
