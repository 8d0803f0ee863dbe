import type { Construct } from 'constructs';
import { Agent, AgentApp, type CompatibleOptions, chitin, openAiCompatible, route } from '../../constructs/index.ts';

/** The smallest agent: a model behind any OpenAI-compatible endpoint, and the command line to talk with it. */
export class Hello extends AgentApp {
  constructor(
    scope: Construct,
    props: {
      /** Where the models are. Its key, if it wants one, is the secret `llm`. */
      readonly endpoint: CompatibleOptions;
      /** The endpoint's own name of the model. */
      readonly model: string;
    },
  ) {
    super(scope, 'hello', { namespace: 'hello' });
    new Agent(this, 'hello', {
      runtime: chitin({ instructions: 'You answer in short sentences, and you say so when you do not know.' }),
      model: route(`llm/${props.model}`, { providers: [openAiCompatible('llm', props.endpoint)] }),
    });
  }
}
