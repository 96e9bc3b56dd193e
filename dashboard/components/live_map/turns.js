// What a frame is for where a large decoder takes longer for one picture than a frame has.

export const FRAME_BUDGET = 8; // ms of decoding per frame beside what the hand asks for

const ALL = { moves: true, works: true, decodes: true };
const ONE_EACH = [
  { moves: true, works: false, decodes: false },
  { moves: false, works: false, decodes: true },
  { moves: false, works: true, decodes: false },
];

/**
 * While the map wanders there is something new to work out in every frame. Where a move alone takes the frame's time, moves, the map's
 * pictures and all else take turns, so that no frame decodes twice and nothing has to wait for the wandering to end; a hand always comes first.
 */
export function turnOf(liveMap, isDecoding) {
  if (!liveMap.isWandering || !(liveMap.moveTook > FRAME_BUDGET)) return ALL;
  liveMap.turns = ((liveMap.turns ?? 0) + 1) % 3;
  const turn = ONE_EACH[liveMap.turns];
  return turn.decodes && !isDecoding ? ONE_EACH[2] : turn;
}
