import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type IConstruct, Node } from 'constructs';

/** A line of the author's code, not of this library. */
export interface Source {
  /** Absolute path. Output carries it relative to the repository, so that no machine shows in it. */
  readonly file: string;
  readonly line: number;
}

/** Where an object comes from. */
export interface Origin {
  /** Construct path with the cluster's name in front, such as `lab/claw/claw`. */
  readonly path: string;
  readonly source?: Source | undefined;
}

const library = dirname(fileURLToPath(import.meta.url)) + sep;
const sources = new WeakMap<IConstruct, Source>();
const rootNames = new WeakMap<IConstruct, string>();

/**
 * Remembers the author's line that makes this construct.
 *
 * @param source @default the nearest frame outside this library and `node_modules`
 */
export function recordSource(construct: IConstruct, source: Source | undefined = callerSource()): void {
  if (source) sources.set(construct, source);
}

let recording = true;

/** Runs a derivation: what it makes belongs to the line of the construct that asked for it. */
export function withoutRecording<T>(derive: () => T): T {
  const before = recording;
  recording = false;
  try {
    return derive();
  } finally {
    recording = before;
  }
}

/**
 * Every construct of a tree records its line, an author's bare `ApiObject` too: `constructs` (10.8.1) has no other place
 * that sees each of them come into being. Where `addChild` is gone, an object has the line of the construct around it.
 */
interface Tree {
  addChild?(child: IConstruct, name: string): void;
}
const tree = Node.prototype as unknown as Tree;
const { addChild } = tree;
if (addChild) {
  tree.addChild = function (child, name) {
    addChild.call(this, child, name);
    if (recording) recordSource(child);
  };
}

/** The author's line that is being executed. */
export function callerSource(): Source | undefined {
  // Few frames cost a fifth of many, and the author's is nearly always among them.
  return authorFrame(callerFrames(10)) ?? authorFrame(callerFrames(32));
}

function callerFrames(limit: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = (_, frames) => frames;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, callerSource);
    return holder.stack ?? [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The author's line in the stack of an error that was thrown. */
export function thrownSource(error: Error): Source | undefined {
  for (const line of (error.stack ?? '').split('\n')) {
    // A frame (`at name (file:line:column)`), or the first line of a syntax error (`file:line`).
    const match = /(?:^|[\s(])((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+)(?::\d+)?\)?$/.exec(line.trim());
    if (match?.[1] && match[2]) {
      const file = match[1].startsWith('file://') ? fileURLToPath(match[1]) : match[1];
      if (isAuthors(file)) return { file, line: Number(match[2]) };
    }
  }
  return undefined;
}

function authorFrame(frames: readonly NodeJS.CallSite[]): Source | undefined {
  for (const frame of frames) {
    const name = frame.getFileName();
    const file = name ? authorsFile(name) : undefined;
    const line = file === undefined ? null : frame.getLineNumber();
    if (file !== undefined && line !== null) return { file, line };
  }
  return undefined;
}

const authorsFiles = new Map<string, string | undefined>();

/** The path of a file that a frame names, or undefined when the file is not the author's. */
function authorsFile(name: string): string | undefined {
  if (authorsFiles.has(name)) return authorsFiles.get(name);
  const file = name.startsWith('file://') ? fileURLToPath(name) : name;
  const authors = !name.startsWith('node:') && isAuthors(file) ? file : undefined;
  authorsFiles.set(name, authors);
  return authors;
}

function isAuthors(file: string): boolean {
  if (file.includes(`${sep}node_modules${sep}`)) return false;
  return !file.startsWith(library) || file.endsWith('.test.ts');
}

/** Names the root of a tree in construct paths; cdk8s roots have no name of their own. */
export function nameRoot(root: IConstruct, name: string): void {
  rootNames.set(root, name);
}

/** The origin of a construct: its own recorded line, or that of the nearest construct above it. */
export function originOf(construct: IConstruct): Origin {
  const name = rootNames.get(construct.node.root);
  const path = [name, construct.node.path].filter((part) => part !== undefined && part !== '').join('/');
  const scope = construct.node.scopes.findLast((candidate) => sources.has(candidate));
  return { path, source: scope && sources.get(scope) };
}

/** `file:line`, relative to `root` (the current folder unless told), with forward slashes. */
export function sourceLine(source: Source, root: string = process.cwd()): string {
  return `${relative(root, source.file).split(sep).join('/')}:${source.line}`;
}
