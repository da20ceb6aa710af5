export interface StoryLine {
  readonly rule: string;
  readonly explain: string;
  readonly did: string;
  readonly source: string;
}

/** The rules that a name met, in order, and what each did to it. */
export function RuleStory({ steps }: { steps: readonly StoryLine[] }) {
  return (
    <ol className="ruleStory">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule may be met twice; the order is the identity
        <li key={index}>
          <div className="storyRule">
            <span className="storyNumber mono">{index + 1}</span>
            <span className="mono storyRuleName">{step.rule}</span>
          </div>
          <p className="storyDid">{step.did}</p>
          <p className="storyExplain">{step.explain}</p>
          <p className="storySource mono">{step.source}</p>
        </li>
      ))}
    </ol>
  );
}
