import { type Image, images } from '../../images.ts';

/** What differs between releases, as the releases themselves showed it (`npm run e2e:openclaw`). */
export interface Profile {
  readonly image: Image;
  /** Keys of the configuration as this release has them. */
  readonly schema: 'current' | 'legacy';
  /** Makes the configuration immutable: OpenClaw then refuses to write to it. */
  readonly immutable: Readonly<Record<string, string>>;
  /** Answers 200 only once the gateway has started; before 2026.8.1 any unknown path is the web interface, with 200. */
  readonly startupPath: '/startupz' | undefined;
  /** Arguments that leave an executor nothing but commands; before 2026.8 there is no such choice. */
  readonly executorArguments: readonly string[];
  /** Version of the channel plugins that were released with it. */
  readonly plugins: string;
}

export const profiles = {
  '2026.9.6': {
    image: images.openClaw,
    schema: 'current',
    immutable: { OPENCLAW_CONFIG_READONLY: '1' },
    startupPath: '/startupz',
    executorArguments: ['--commands', 'system.run,system.run.prepare,system.which'],
    plugins: '2026.9.6',
  },
  '2026.7.1-2': {
    image: images.openClawLegacy,
    schema: 'legacy',
    // OPENCLAW_CONFIG_READONLY came with 2026.9.4.
    immutable: { OPENCLAW_NIX_MODE: '1' },
    startupPath: undefined,
    executorArguments: [],
    plugins: '2026.7.1',
  },
} as const satisfies Record<string, Profile>;

/** Releases whose configuration is known. */
export type OpenClawVersion = keyof typeof profiles;

/** The profile of a release; undefined for one that is not known, which only a caller without types can ask for. */
export function profileOf(version: OpenClawVersion): Profile | undefined {
  return Object.hasOwn(profiles, version) ? profiles[version] : undefined;
}
