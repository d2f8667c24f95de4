// The network: unpacked from the page, and run forwards. Nothing here knows of a screen.
//
// Between the layers a picture is { values, side, channels }: row by row, in each row pixel by
// pixel, and of each pixel one number per channel. The drawing has one channel: its ink.

const ACTIVATIONS = {
  none: (z) => z,
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};
const LAYERS = { convolution, pool, dense };

// Turn the pixels of a picture, 0 (paper) to 255 (ink), into one probability per class.
function forward(pixels, network) {
  const values = new Float64Array(pixels).map((pixel) => pixel * network.pixel);
  let x = { values, side: network.side, channels: 1 };
  for (const layer of network.layers) x = LAYERS[layer.kind](x, layer);
  return softmax(x.values);
}

// Slide kernels over a picture: each new pixel is what the kernels make of one window of the old.
function convolution({ values, side, channels }, layer) {
  const { size, stride, outputs } = layer;
  const newSide = Math.floor((side - size) / stride) + 1;
  const sums = new Float64Array(newSide * newSide * outputs);
  const inputs = nonzero(values);
  for (let row = 0, at = 0; row < newSide; row++) {
    for (let column = 0; column < newSide; column++, at += outputs) {
      for (let down = 0; down < size; down++) {
        // A row of the window lies in one piece, and so do its rows of weights.
        const first = ((row * stride + down) * side + column * stride) * channels;
        const n = size * channels;
        if (inputs.before[first] === inputs.before[first + n]) continue; // paper
        addWeighted(sums, at, inputs, first, n, layer.rows, down * n);
      }
    }
  }
  return { values: activated(sums, layer), side: newSide, channels: outputs };
}

// Keep the largest of each 2 x 2 pixels.
function pool({ values, side, channels }) {
  const newSide = Math.floor(side / 2);
  const largest = new Float64Array(newSide * newSide * channels);
  for (let row = 0, i = 0; row < newSide; row++) {
    for (let column = 0; column < newSide; column++) {
      const first = (2 * row * side + 2 * column) * channels;
      for (let channel = 0; channel < channels; channel++, i++) {
        const from = first + channel;
        const below = from + side * channels;
        largest[i] = Math.max(values[from], values[from + channels], values[below], values[below + channels]);
      }
    }
  }
  return { values: largest, side: newSide, channels };
}

// Connect every value with every unit.
function dense({ values }, layer) {
  const sums = new Float64Array(layer.outputs);
  addWeighted(sums, 0, nonzero(values), 0, values.length, layer.rows, 0);
  return { values: activated(sums, layer), side: 1, channels: layer.outputs };
}

// Paper, or a unit at rest, adds nothing. So list the values that are not 0, their places, and how
// many of them lie before each place.
function nonzero(values) {
  const found = new Float64Array(values.length);
  const places = new Int32Array(values.length);
  const before = new Int32Array(values.length + 1);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) {
      found[n] = values[i];
      places[n] = i;
      n += 1;
    }
    before[i + 1] = n;
  }
  return { found, places, before };
}

// Add values, each times its row of weights, to the sums that begin at `at`: the n values from place
// `first` on, of which the first has row `row`.
function addWeighted(sums, at, { found, places, before }, first, n, rows, row) {
  const end = before[first + n];
  const shift = row - first;
  let k = before[first];
  for (; k + 3 < end; k += 4) { // four in a round
    const a = found[k], b = found[k + 1], c = found[k + 2], d = found[k + 3];
    const A = rows[places[k] + shift], B = rows[places[k + 1] + shift];
    const C = rows[places[k + 2] + shift], D = rows[places[k + 3] + shift];
    for (let j = 0; j < A.length; j++) {
      sums[at + j] += a * A[j] + b * B[j] + c * C[j] + d * D[j];
    }
  }
  for (; k < end; k++) {
    const a = found[k], A = rows[places[k] + shift];
    for (let j = 0; j < A.length; j++) sums[at + j] += a * A[j];
  }
}

// Weights are whole numbers: `scale` is the step between two of them.
function activated(sums, { scale, biases, activation }) {
  const squash = ACTIVATIONS[activation];
  const relu = activation === "relu"; // thousands of times: without a call it is faster
  for (let i = 0; i < sums.length; ) {
    for (let k = 0; k < biases.length; k++, i++) {
      const z = scale * sums[i] + biases[k];
      sums[i] = relu ? Math.max(z, 0) : squash(z);
    }
  }
  return sums;
}

function softmax(scores) {
  const highest = Math.max(...scores); // the same result, and exp cannot overflow
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

// The page carries a description of the network and, deflated and in base64, its numbers: per layer
// the weights, row by row, as bytes from -127 to 127, and then the biases as 32-bit floats.
async function unpack(text) {
  const network = described(text);
  const bytes = await inflated(network.numbers);
  const numbers = ({ size, inputs, outputs }) => size * size * inputs * outputs;
  const expected = network.layers.reduce((sum, layer) => sum + numbers(layer) + 4 * layer.outputs, 0);
  check(bytes.length === expected, `it holds ${bytes.length} bytes of numbers, expected ${expected}`);
  check(inputsFit(network), "its layers do not fit together");
  let start = 0;
  const layers = network.layers.map((layer, i) => {
    const whole = new Int8Array(bytes.buffer, start, numbers(layer));
    start += whole.length;
    const biases = new Float32Array(bytes.slice(start, start + 4 * layer.outputs).buffer);
    start += 4 * layer.outputs;
    check(biases.every(Number.isFinite), `a bias of layer ${i + 1} is not a number`);
    return { ...layer, biases, rows: rowsOf(new Float64Array(whole), layer.outputs) };
  });
  return { ...network, layers };
}

// A row of weights for each input, which has one for each output.
function rowsOf(weights, outputs) {
  const rows = [];
  for (let at = 0; at < weights.length; at += outputs) rows.push(weights.subarray(at, at + outputs));
  return rows;
}

// Read the description and say what is wrong with it, if anything is.
function described(text) {
  let network;
  try {
    network = JSON.parse(text);
  } catch (error) {
    check(false, `its description cannot be read (${error.message})`);
  }
  check(network?.format === "mnistlab-2", `its format is ${JSON.stringify(network?.format)}, expected "mnistlab-2"`);
  const { layers, classes, side, pixel, sure, numbers } = network;
  check(Array.isArray(layers) && layers.length > 0, "it has no layers");
  layers.forEach(({ kind, activation, size, stride, inputs, outputs, scale }, i) => {
    check(Object.hasOwn(LAYERS, kind), `layer ${i + 1} is a ${JSON.stringify(kind)}`);
    check(Object.hasOwn(ACTIVATIONS, activation), `its activation is ${JSON.stringify(activation)}`);
    const whole = [size, stride, inputs, outputs].every((n) => Number.isInteger(n) && n >= 0);
    check(whole && stride > 0 && scale > 0, `layer ${i + 1} has impossible sizes`);
  });
  check(Array.isArray(classes) && classes.length === layers.at(-1).outputs, "its classes are not as many as its outputs");
  check([SIDE, FRAME].includes(side) && pixel > 0 && sure >= 0 && sure <= 1 && typeof numbers === "string", "a part of it is missing");
  return network;
}

// Does every layer take what the one before it gives?
function inputsFit({ layers, side }) {
  let channels = 1;
  return layers.every(({ kind, size, stride, inputs, outputs }) => {
    const given = kind === "dense" ? side * side * channels : channels;
    if (kind === "pool") side = Math.floor(side / 2);
    else [side, channels] = [kind === "dense" ? 1 : Math.floor((side - size) / stride) + 1, outputs];
    return side > 0 && (kind === "pool" || inputs === given);
  });
}

async function inflated(base64) {
  try {
    const packed = Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt());
    const inflate = new DecompressionStream("deflate");
    const writer = inflate.writable.getWriter();
    const ignored = () => {}; // what is wrong with the bytes, the reading end says too
    writer.write(packed).catch(ignored);
    writer.close().catch(ignored);
    return new Uint8Array(await new Response(inflate.readable).arrayBuffer());
  } catch (error) {
    check(typeof DecompressionStream !== "undefined", "this browser is too old to unpack it (2023 or later is needed)");
    check(false, `its numbers are damaged (${error.message})`);
  }
}

function check(right, problem) {
  if (!right) throw new Error(`The model in this page cannot be used: ${problem}. Please export it once more.`);
}
