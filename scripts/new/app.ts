import { className } from './names.ts';
import type { Place } from './place.ts';

/** `apps/<name>/<name>.ts` of an agent that answers nobody yet: the least that a pod of it can start with. */
export function appText(name: string, { library, own }: Place): string {
  const imports = [
    `import { Agent, AgentApp, route, zeroClaw } from '${library}';`,
    "import type { Construct } from 'constructs';",
  ];
  return `${(own ? imports.toReversed() : imports).join('\n')}

/** ${className(name)}: say here what it is for. */
export class ${className(name)} extends AgentApp {
  constructor(scope: Construct) {
    super(scope, '${name}', { namespace: '${name}' });
    new Agent(this, '${name}', {
      runtime: zeroClaw(),
      model: route('anthropic/claude-sonnet-4-5'),
      // Who may talk to it: channels: [matrix({ homeserver, user, rooms, people })]
      // What it may use: tools: [scrapling()], skills: ['name of a folder in skills']
    });
  }
}
`;
}
