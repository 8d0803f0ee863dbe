import type { Problem } from '../../problem.ts';

/**
 * ZeroClaw's name for something that we name with a DNS label. Hyphens are not allowed in aliases: environment variables
 * name configuration by path, and a variable with a hyphen is passed over without a word (env_overrides.rs).
 */
export function aliasOf(name: string): string {
  return name.replaceAll('-', '_');
}

/**
 * The variable that sets one field of the configuration in memory: `ZEROCLAW_` and the path, joined by `__`. A path that
 * names no field stops the daemon; an alias that names nothing silently makes a new entry, so both come from one place here.
 */
export function variable(...path: readonly string[]): string {
  return `ZEROCLAW_${path.join('__')}`;
}

/**
 * Checks a name against the grammar of aliases, which ZeroClaw itself applies only to environment variables.
 * Source: zeroclaw-config 0.8.7, helpers.rs, `validate_alias_key`.
 *
 * @param what what is named, for the message: `agent "a--b"`
 */
export function aliasProblems(what: string, name: string): Problem[] {
  const alias = aliasOf(name);
  if (/^[a-z0-9]+(_[a-z0-9]+)*$/.test(alias) && alias.length <= 63) return [];
  return [
    {
      message: `${what} cannot be named in ZeroClaw's configuration`,
      why: `The alias would be "${alias}", and ZeroClaw takes at most 63 lowercase letters, digits and single "_" between them: the variables that carry secrets would be refused or passed over.`,
      help: 'Use lowercase letters and digits with single hyphens between them.',
    },
  ];
}
