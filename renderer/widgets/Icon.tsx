import {
  ArrowLeft,
  ArrowRight,
  Ban,
  Check,
  CircleAlert,
  CircleX,
  Copy,
  EyeOff,
  FolderOpen,
  Gauge,
  Grid3x3,
  HardDriveDownload,
  Info,
  Link,
  ListTree,
  Minus,
  Monitor,
  Moon,
  PanelRight,
  Play,
  RotateCw,
  Search,
  SpellCheck,
  Square,
  Sun,
  TriangleAlert,
  X,
} from 'lucide-react';

const icons = {
  arrow: ArrowRight,
  back: ArrowLeft,
  copy: Copy,
  link: Link,
  blocker: CircleX,
  silent: EyeOff,
  warning: TriangleAlert,
  note: Info,
  alert: CircleAlert,
  loaded: Check,
  skipped: Minus,
  error: Ban,
  open: FolderOpen,
  overview: Gauge,
  mapping: ListTree,
  load: HardDriveDownload,
  placement: Grid3x3,
  draft: SpellCheck,
  system: Monitor,
  dark: Moon,
  light: Sun,
  pane: PanelRight,
  play: Play,
  stop: Square,
  restart: RotateCw,
  search: Search,
  close: X,
} as const;

export type IconName = keyof typeof icons;

/** One stroke and size for all icons; the word beside it carries the meaning, so it is hidden from screen readers. */
export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  const Drawn = icons[name];
  return <Drawn size={size} strokeWidth={1.75} aria-hidden="true" focusable="false" />;
}
