import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';

/** A failure for people: what happened, what to do, and last the path it is about. */
export function FailureBox(props: {
  failure: { readonly message: string; readonly hint: string; readonly path?: string };
  testId?: string;
  children?: ReactNode;
}) {
  const { message, hint, path } = props.failure;
  return (
    <div className="failureBox" role="alert" data-testid={props.testId}>
      <span className="failureIcon">
        <Icon name="alert" size={16} />
      </span>
      <div className="failureText">
        <p className="failureMessage">{message}</p>
        <p className="failureHint">{hint}</p>
        {path !== undefined && <p className="failurePath mono">{path}</p>}
        {props.children !== undefined && <div className="failureActions">{props.children}</div>}
      </div>
    </div>
  );
}
