// A field to draw in with mouse, pen, finger or keyboard: the page's, and the pad's in a notebook.
//
// A stroke is a list of points [x, y]. `at` turns an event into a point; `limits` says where the
// keyboard's pen may go; `changed` is told "begin", "grow", "end", "lift" (the keyboard's pen) or
// "move" (a pen that draws nothing), and for some what a screen reader should say.

const PALM = 1000; // milliseconds after a pen was seen in which a touch is the palm's
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 10; // how far an arrow key moves the pen; with Shift held 2

class Hand {
  strokes = [];
  drawing = null; // the stroke that is being drawn: {id, type, points}
  pen = null; // where the keyboard's pen is: {x, y, down}
  held = new Set(); // arrow keys that are down: two at once go diagonally
  penSeen = -Infinity;

  constructor(canvas, { at, limits, changed }) {
    Object.assign(this, { canvas, at, limits, changed });
    const acts = {
      pointerdown: this.touch, pointermove: this.follow, pointerup: this.release,
      lostpointercapture: this.release, pointercancel: this.cancel,
      keydown: this.press, keyup: this.letGo, blur: this.leave,
    };
    for (const [name, act] of Object.entries(acts)) {
      canvas.addEventListener(name, (event) => act.call(this, event));
    }
  }

  // --- Mouse, pen and finger ---

  touch(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    if (event.button !== 0) return;
    if (event.pointerType === "touch" && event.timeStamp - this.penSeen < PALM) return;
    if (this.drawing) {
      const { id, type } = this.drawing;
      if (type === "touch" && event.pointerType === "pen") this.drop(); // the palm came first
      else if (id === event.pointerId || (event.isPrimary && type === event.pointerType)) this.finish(); // its release was lost
      else return; // a second finger does not draw
    }
    event.preventDefault(); // no selection, no scrolling
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pen = null;
    this.drawing = { id: event.pointerId, type: event.pointerType, points: [this.at(event)] };
    this.strokes = [...this.strokes, this.drawing.points];
    this.changed("begin");
  }

  follow(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp; // also where it hovers
    if (event.pointerId !== this.drawing?.id) return;
    if (event.buttons === 0) return void this.finish(); // its release was lost
    // Between two pictures on the screen the pen may have gone round a corner: all its places.
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) this.drawing.points.push(this.at(step));
    this.changed("grow");
  }

  release(event) {
    if (event.pointerId === this.drawing?.id) this.finish();
  }

  cancel(event) {
    if (event.pointerId === this.drawing?.id) this.drop(); // the browser says: that was no drawing
  }

  finish() {
    this.drawing = null;
    this.changed("end");
  }

  drop() {
    this.strokes = this.strokes.filter((stroke) => stroke !== this.drawing.points);
    this.finish();
  }

  // --- The keyboard ---

  press(event) {
    const { key, shiftKey } = event;
    const withControl = event.ctrlKey || event.metaKey;
    if (event.altKey || (withControl && key !== "z")) return;
    if (key in ARROWS) this.movePen(key, shiftKey ? 2 : STEP);
    else if (key === " ") this.turnPen();
    else if (key === "Backspace" || withControl) this.undo();
    else if (key === "Escape" || key === "Delete") this.clear();
    else return; // Tab goes on to the buttons
    event.preventDefault();
  }

  letGo(event) {
    this.held.delete(event.key);
  }

  leave() {
    this.held.clear();
    if (!this.pen) return;
    const { down } = this.pen;
    this.pen = null;
    this.changed(down ? "lift" : "move");
  }

  startPen() {
    const { left, top, right, bottom } = this.limits();
    this.pen ??= { x: (left + right) / 2, y: top + (bottom - top) / 4, down: false };
  }

  movePen(key, step) {
    this.startPen();
    this.held.add(key);
    const { left, top, right, bottom } = this.limits();
    const { pen } = this;
    for (const held of this.held) {
      pen.x = Math.min(right, Math.max(left, pen.x + step * ARROWS[held][0]));
      pen.y = Math.min(bottom, Math.max(top, pen.y + step * ARROWS[held][1]));
    }
    if (pen.down) this.strokes.at(-1).push([pen.x, pen.y]);
    this.changed(pen.down ? "grow" : "move");
  }

  turnPen() {
    this.startPen();
    this.pen.down = !this.pen.down;
    if (this.pen.down) this.strokes = [...this.strokes, [[this.pen.x, this.pen.y]]];
    this.changed("lift", this.pen.down ? "Pen down. " : "Pen up. ");
  }

  // --- Taking back ---

  undo() {
    this.put(this.strokes.slice(0, -1), "Last stroke taken back. ");
  }

  clear() {
    this.put([], "Cleared. ");
  }

  put(strokes, words) {
    this.strokes = strokes;
    this.drawing = null;
    if (this.pen) this.pen.down = false;
    this.changed("end", words);
  }
}

// Draw a stroke; a single point is a dot: two round ends.
function trace(context, [first, ...others], width) {
  context.beginPath();
  context.moveTo(...first);
  for (const point of others.length ? others : [[first[0] + 0.01, first[1]]]) context.lineTo(...point);
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.stroke();
}
