// Prints what a Renovate report (--report-type=file) says, one sorted line per fact, so that two runs can be compared with diff.
// Usage: node summarise-report.mjs REPORT [LOG]     LOG: the run's output with LOG_FORMAT=json
// Only named fields are printed: problems carry request options and stack traces, which can hold credentials and internal addresses.
import { readFileSync } from 'node:fs';

const [reportFile, logFile] = process.argv.slice(2);
if (reportFile === undefined) {
  console.error('usage: node summarise-report.mjs REPORT [LOG]');
  process.exit(2);
}

/** Foreign text on one short line: no control or invisible characters, nothing between `//` and `@`. */
const plain = (value) =>
  String(value ?? '-')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\/\/[^/@\s]*@/g, '//[redacted]@')
    .slice(0, 200);

const lines = new Set();
const add = (kind, ...facts) => lines.add([kind, ...facts.map(plain)].join('  '));

function addDependency(where, dep) {
  const name = dep.depName ?? dep.packageName;
  for (const update of dep.updates ?? []) {
    const from = dep.currentValue ?? dep.currentVersion;
    const to =
      update.newValue === from ? (update.newDigest ?? update.newVersion) : (update.newValue ?? update.newVersion);
    add('update', where, name, `${from} -> ${to}`, update.updateType, update.branchName);
  }
  if (dep.skipReason !== undefined) add('skipped', where, name, dep.skipReason);
  for (const warning of dep.warnings ?? []) add('not-looked-up', where, name, warning.message);
  if (dep.skipReason !== undefined || (dep.warnings ?? []).length > 0) return;
  // A run with --dry-run=extract asks nobody and leaves no `updates`; that says nothing about newer versions.
  if (dep.updates === undefined) add('found', where, name, dep.currentValue);
  else if (dep.updates.length === 0) add('no-update', where, name, dep.currentValue);
}

const report = JSON.parse(readFileSync(reportFile, 'utf8'));
for (const problem of report.problems ?? []) add('problem', problem.msg);
for (const repository of Object.values(report.repositories ?? {})) {
  for (const problem of repository.problems ?? [])
    add('problem', problem.msg, problem.err?.validationError ?? problem.err?.code);
  for (const [manager, files] of Object.entries(repository.packageFiles ?? {})) {
    for (const file of files) for (const dep of file.deps ?? []) addDependency(`${manager} ${file.packageFile}`, dep);
  }
}

if (logFile !== undefined) {
  for (const line of readFileSync(logFile, 'utf8').split('\n')) {
    if (!line.includes('"Repository finished"')) continue;
    add('result', JSON.parse(line).result ?? 'no result: the run went through');
  }
}
console.log(
  [...lines].sort().join('\n') || 'nothing found: no managed file matched, or the configuration stopped the run',
);
