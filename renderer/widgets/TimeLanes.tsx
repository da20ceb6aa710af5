import { type MouseEvent, type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { ticksWithin } from '../format.ts';
import { drawTimeLanes, laneHeightOf } from './drawTimeLanes.ts';
import { Icon } from './Icon.tsx';
import { isWhole, panned, type TimeWindow, wholeWindow, zoomed } from './timeWindow.ts';
import { useColours } from './useColours.ts';
import { useSize } from './useSize.ts';

export interface TimeSpan {
  readonly begin: number;
  readonly end: number;
  /** Sets the shade. */
  readonly kind: number;
}

export interface TimeLane {
  readonly name: string;
  readonly title: string;
  readonly spans: readonly TimeSpan[];
}

const zoomStep = 1.5;
const panShare = 0.2;
/** Least distance of axis texts, in CSS pixels. */
const tickDistance = 90;

/**
 * One lane a name, its spans where they happened on a common time axis. Ctrl and the wheel zoom at the pointer, dragging
 * moves, a double click shows all; focused, + and - zoom, arrows move, 0 shows all.
 */
export function TimeLanes(props: {
  label: string;
  lanes: readonly TimeLane[];
  /** End of the time axis, in the unit of the spans. */
  whole: number;
  formatTime: (time: number) => string;
  /** Controls that belong to the lanes. */
  children?: ReactNode;
  describe: (lane: number, span: number) => string;
  testId?: string;
}) {
  const { lanes, whole, formatTime } = props;
  const colours = useColours();
  const [zoom, setZoom] = useState<TimeWindow | null>(null);
  const shown = useMemo(() => zoom ?? wholeWindow(whole), [zoom, whole]);
  const [frame, { height }] = useSize<HTMLElement>();
  const [track, { width: trackWidth }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const laneHeight = laneHeightOf(lanes.length, height);
  const [scrolled, setScrolled] = useState(0);
  const [told, setTold] = useState<{ lane: number; span: number } | null>(null);
  const dragged = useRef<number | null>(null);

  function move(next: TimeWindow) {
    setZoom(isWhole(next, whole) ? null : next);
  }
  const zoomBy = (factor: number, around = (shown.from + shown.until) / 2) =>
    move(zoomed(shown, around, factor, whole));
  const panBy = (share: number) => move(panned(shown, (shown.until - shown.from) * share, whole));

  useEffect(() => {
    if (canvas.current && trackWidth > 0 && height > 0)
      drawTimeLanes(canvas.current, colours, { lanes, laneHeight, shown, scrolled, width: trackWidth, height });
  }, [lanes, laneHeight, shown, scrolled, trackWidth, height, colours]);

  function onWheel(event: WheelEvent) {
    const sideways = event.shiftKey ? event.deltaY + event.deltaX : event.deltaX;
    if (!event.ctrlKey && !event.metaKey && sideways === 0) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoomBy(event.deltaY > 0 ? zoomStep : 1 / zoomStep, timeAt(event));
    else panBy(Math.sign(sideways) * (panShare / 2));
  }

  function timeAt({ clientX }: { readonly clientX: number }): number {
    const left = canvas.current?.getBoundingClientRect().left ?? 0;
    return shown.from + ((clientX - left) / Math.max(1, trackWidth)) * (shown.until - shown.from);
  }

  function hit(event: MouseEvent<HTMLCanvasElement>): { lane: number; span: number } | null {
    const lane = Math.floor((event.clientY - event.currentTarget.getBoundingClientRect().top + scrolled) / laneHeight);
    const time = timeAt(event);
    const near = (shown.until - shown.from) / Math.max(1, trackWidth);
    const span = lanes[lane]?.spans.findLastIndex(({ begin, end }) => time >= begin - near && time <= end + near) ?? -1;
    return span < 0 ? null : { lane, span };
  }

  function onPointerMove(event: PointerEvent<HTMLCanvasElement>) {
    if (dragged.current === null) {
      setTold(hit(event));
      return;
    }
    const pixels = dragged.current - event.clientX;
    dragged.current = event.clientX;
    move(panned(shown, (pixels / Math.max(1, trackWidth)) * (shown.until - shown.from), whole));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      '+': () => zoomBy(1 / zoomStep),
      '=': () => zoomBy(1 / zoomStep),
      '-': () => zoomBy(zoomStep),
      ArrowLeft: () => panBy(-panShare),
      ArrowRight: () => panBy(panShare),
      '0': () => setZoom(null),
      Home: () => setZoom(null),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  // React listens to wheels passively, and a zoom must not scroll as well.
  const listeners = useRef({ onWheel, onKeyDown });
  useEffect(() => {
    listeners.current = { onWheel, onKeyDown };
  });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => listeners.current.onWheel(event);
    const key = (event: KeyboardEvent) => listeners.current.onKeyDown(event);
    element.tabIndex = 0;
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('keydown', key);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('keydown', key);
    };
  }, [frame]);

  const ticks = useMemo(
    () => ticksWithin(shown.from, shown.until, Math.max(1, Math.floor(trackWidth / tickDistance))),
    [shown.from, shown.until, trackWidth],
  );
  return (
    <div className="timeLanes">
      <div className="laneBar">
        {props.children}
        <span className="mono laneRange" data-testid={props.testId && `${props.testId}-range`}>
          {`${formatTime(shown.from)} – ${formatTime(shown.until)}`}
        </span>
        <span className="laneButtons">
          <LaneButton
            title="Show more time (-)"
            icon="zoomOut"
            onClick={() => zoomBy(zoomStep)}
            disabled={zoom === null}
          />
          <LaneButton title="Zoom in (+)" icon="zoomIn" onClick={() => zoomBy(1 / zoomStep)} />
          <LaneButton
            title="Show all (0, or a double click)"
            icon="all"
            onClick={() => setZoom(null)}
            disabled={zoom === null}
          />
        </span>
      </div>
      <div className="laneAxis mono" aria-hidden="true">
        {ticks.map((time) => (
          <span key={time} style={{ left: `${((time - shown.from) / (shown.until - shown.from)) * 100}%` }}>
            {formatTime(time)}
          </span>
        ))}
      </div>
      <section
        className="laneScroll"
        ref={frame}
        aria-label={`${props.label}. Plus and minus zoom, arrows move, 0 shows all.`}
        data-testid={props.testId}
        onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}
      >
        <ul className="laneNames mono">
          {lanes.map((lane) => (
            <li key={lane.name} title={lane.title} style={{ height: laneHeight, lineHeight: `${laneHeight}px` }}>
              {lane.name}
            </li>
          ))}
        </ul>
        <div className="laneTrack" ref={track}>
          <canvas
            ref={canvas}
            style={{ width: trackWidth, height }}
            onPointerDown={(event) => {
              dragged.current = event.clientX;
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={onPointerMove}
            onPointerUp={() => {
              dragged.current = null;
            }}
            onPointerLeave={() => setTold(null)}
            onDoubleClick={() => setZoom(null)}
          />
        </div>
      </section>
      <p className="laneTold mono" data-testid={props.testId && `${props.testId}-told`}>
        {told && lanes[told.lane]?.spans[told.span]
          ? props.describe(told.lane, told.span)
          : 'Ctrl wheel: zoom · drag: move · double click: all'}
      </p>
    </div>
  );
}

function LaneButton(props: {
  title: string;
  icon: 'zoomIn' | 'zoomOut' | 'all';
  onClick: () => void;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      className="button iconOnly"
      title={props.title}
      aria-label={props.title}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
