/** A skill as a runtime sees it; the agent mounts its files read-only. */
export interface PlacedSkill {
  readonly name: string;
  readonly description: string;
  /** Relative path to content, such as `SKILL.md` or `scripts/check.sh`; UTF-8 text. */
  readonly files: Readonly<Record<string, string>>;
}
