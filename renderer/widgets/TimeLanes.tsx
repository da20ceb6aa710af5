import { useEffect, useRef } from 'react';
import { useSize } from './useSize.ts';

export interface TimeLane {
  readonly name: string;
  readonly title: string;
  readonly spans: readonly { readonly begin: number; readonly end: number; readonly kind: number }[];
}

const laneHeight = 16;

/** One lane a name, its spans where they happened on a common time axis; the kind of a span sets its shade. */
export function TimeLanes(props: {
  label: string;
  lanes: readonly TimeLane[];
  /** End of the time axis, in the unit of the spans. */
  until: number;
  /** Texts at the ends of the axis. */
  from: string;
  to: string;
  themeKey: string;
  testId?: string;
}) {
  return (
    <div className="timeLanes">
      <p className="laneAxis mono">
        <span>{props.from}</span>
        <span>{props.to}</span>
      </p>
      <ul className="laneList" aria-label={props.label} data-testid={props.testId}>
        {props.lanes.map((lane) => (
          <li key={lane.name} title={lane.title}>
            <span className="mono laneName">{lane.name}</span>
            <LaneSpans lane={lane} until={props.until} themeKey={props.themeKey} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function LaneSpans({ lane, until, themeKey }: { lane: TimeLane; until: number; themeKey: string }) {
  const [frame, { width }] = useSize<HTMLSpanElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: themeKey stands for the colours read from the style sheet
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(laneHeight * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, laneHeight);
    const style = getComputedStyle(element);
    const shades = ['--loaded', '--part-3', '--part-0', '--bonus'].map((name) => style.getPropertyValue(name).trim());
    for (const { begin, end, kind } of lane.spans) {
      context.fillStyle = shades[kind % shades.length] ?? '';
      const left = (begin / Math.max(1, until)) * width;
      context.fillRect(left, 3, Math.max(1, ((end - begin) / Math.max(1, until)) * width), laneHeight - 6);
    }
  }, [lane, until, width, themeKey]);
  return (
    <span className="laneTrack" ref={frame}>
      <canvas ref={canvas} style={{ width, height: laneHeight }} />
    </span>
  );
}
