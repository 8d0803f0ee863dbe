import { dirname, join } from 'node:path/posix';
import type { Problem } from '../../problem.ts';
import type { PlacedSkill } from '../../skills/skill.ts';

/**
 * What ZeroClaw's audit of a skill folder refuses (zeroclaw-runtime 0.8.7, skills/audit.rs). It drops the whole skill and
 * only warns in its log, so that the agent would run without it. Symlinks are refused as well, so the files must be
 * mounted as plain files.
 */
export function skillProblems(skill: PlacedSkill): Problem[] {
  return Object.entries(skill.files).flatMap(([path, text]) => {
    const reasons = fileReasons(path, text, skill.files);
    return reasons.map(({ what, help }) => ({
      message: `skill ${skill.name}: ${path} ${what}`,
      why: 'ZeroClaw would drop the whole skill, and only warn in its log.',
      help,
    }));
  });
}

/** Whether ZeroClaw drops the skill unless `skills.allow_scripts` is set: shell scripts by suffix or first line. */
export function hasShellScript(skill: PlacedSkill): boolean {
  return Object.entries(skill.files).some(
    ([path, text]) => isScriptPath(path) || /^sh$|^(ba|z|k|fi)sh$|^pwsh$|^powershell$/.test(interpreter(text) ?? ''),
  );
}

/** Paths, relative to the skill, of the files that can be run: those that name their interpreter. */
export function runnableFiles(skill: PlacedSkill): string[] {
  return Object.keys(skill.files).filter(
    (path) => /^[A-Za-z0-9._/-]+$/.test(path) && interpreter(skill.files[path] ?? '') !== undefined,
  );
}

interface Reason {
  readonly what: string;
  readonly help: string;
}

const largest = 512 * 1024;

function fileReasons(path: string, text: string, files: PlacedSkill['files']): Reason[] {
  const markdown = /\.(md|markdown)$/i.test(path);
  if (path === 'SKILL.toml' || path === 'manifest.toml') {
    return [{ what: 'would be read instead of SKILL.md', help: 'Remove it.' }];
  }
  if (!markdown && !/\.toml$/i.test(path)) return [];
  if (Buffer.byteLength(text) > largest) {
    return [{ what: `is larger than ${largest} bytes`, help: 'Split it.' }];
  }
  return markdown ? links(text).flatMap((link) => linkReasons(path, link, files)) : [];
}

/** Link targets as the audit finds them, in code blocks too: without angle brackets and titles. */
function links(markdown: string): string[] {
  return [...markdown.matchAll(/\[[^\]]*\]\(([^)]+)\)/g)].map(
    ([, target = '']) => target.trim().replace(/^</, '').replace(/>$/, '').trim().split(/\s+/)[0] ?? '',
  );
}

function linkReasons(source: string, link: string, files: PlacedSkill['files']): Reason[] {
  if (link === '' || link.startsWith('#')) return [];
  const quote = 'Write it as code (`…`) instead of a link.';
  const scheme = /^([A-Za-z0-9+.-]+):./s.exec(link)?.[1];
  if (scheme !== undefined) {
    if (['http', 'https', 'mailto'].includes(scheme)) return [];
    return [{ what: `links to ${link}, and only http, https and mailto may be linked`, help: quote }];
  }
  const target = link.replace(/[#?].*$/s, '');
  if (target === '') return [];
  if (/^(\/|~\/|[A-Za-z]:[\\/])/.test(target)) {
    return [{ what: `links to the absolute path ${link}`, help: 'Link relative to the file.' }];
  }
  const reasons: Reason[] = [];
  if (isScriptPath(target)) reasons.push({ what: `links to the script ${link}`, help: quote });
  if (!/\.(md|markdown)$/i.test(target)) return reasons;
  const place = join(dirname(source), target);
  const isFolder = Object.keys(files).some((path) => path.startsWith(`${place}/`));
  if (isFolder) return [...reasons, { what: `links to the folder ${link}`, help: 'Link to a file in it.' }];
  // A missing file may be another skill's: upstream allows it for `..` and for bare file names.
  const elsewhere = target.split('/').includes('..') || !target.replace(/^\.\//, '').includes('/');
  if (place in files || elsewhere) return reasons;
  return [
    ...reasons,
    { what: `links to ${link}, which the skill does not have`, help: 'Add the file, or remove the link.' },
  ];
}

function isScriptPath(path: string): boolean {
  return /\.(sh|bash|zsh|ksh|fish|ps1|bat|cmd)$/i.test(path);
}

/** The program that a first line `#!…` names, also behind `env`. */
function interpreter(text: string): string | undefined {
  const line = /^#!\s*(\S[^\n]*)/.exec(text.slice(0, 128))?.[1];
  if (line === undefined) return undefined;
  const [program = '', ...words] = line.toLowerCase().trim().split(/\s+/);
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name !== 'env') return name;
  const behind = words.find((word) => !word.startsWith('-'));
  return behind?.slice(behind.lastIndexOf('/') + 1);
}
