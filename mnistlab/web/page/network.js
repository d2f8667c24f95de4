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
  let x = { values: Float64Array.from(pixels, (pixel) => pixel * network.pixel), side: network.side, channels: 1 };
  for (const layer of network.layers) x = LAYERS[layer.kind](x, layer);
  return softmax(x.values);
}

// Slide kernels over a picture: each new pixel is what the kernels make of one window of the old.
function convolution({ values, side, channels }, layer) {
  const { size, stride, biases } = layer;
  const newSide = Math.floor((side - size) / stride) + 1;
  const sums = new Float64Array(newSide * newSide * biases.length);
  for (let row = 0, at = 0; row < newSide; row++) {
    for (let column = 0; column < newSide; column++, at += biases.length) {
      for (let down = 0; down < size; down++) {
        // A row of the window lies in one piece, and so do the weights that belong to it.
        const first = ((row * stride + down) * side + column * stride) * channels;
        const n = size * channels;
        addWeighted(sums, at, values, first, n, layer.weights, down * n * biases.length, biases.length);
      }
    }
  }
  return { values: activated(sums, layer), side: newSide, channels: biases.length };
}

// Keep the largest of each 2 x 2 pixels.
function pool({ values, side, channels }) {
  const newSide = Math.floor(side / 2);
  const largest = new Float64Array(newSide * newSide * channels);
  for (let i = 0; i < largest.length; i++) {
    const channel = i % channels;
    const column = ((i - channel) / channels) % newSide;
    const row = Math.floor(i / channels / newSide);
    const from = (2 * row * side + 2 * column) * channels + channel;
    const below = from + side * channels;
    largest[i] = Math.max(values[from], values[from + channels], values[below], values[below + channels]);
  }
  return { values: largest, side: newSide, channels };
}

// Connect every value with every unit.
function dense({ values }, layer) {
  const sums = new Float64Array(layer.biases.length);
  addWeighted(sums, 0, values, 0, values.length, layer.weights, 0, sums.length);
  return { values: activated(sums, layer), side: 1, channels: sums.length };
}

// Add n values, each times its row of weights, to the `width` sums that begin at `at`.
function addWeighted(sums, at, values, first, n, weights, start, width) {
  for (let i = 0; i < n; i++, start += width) {
    const value = values[first + i];
    if (value === 0) continue; // paper, or a unit at rest, adds nothing
    let j = 0;
    for (; j + 3 < width; j += 4) { // four in a round
      sums[at + j] += value * weights[start + j];
      sums[at + j + 1] += value * weights[start + j + 1];
      sums[at + j + 2] += value * weights[start + j + 2];
      sums[at + j + 3] += value * weights[start + j + 3];
    }
    for (; j < width; j++) sums[at + j] += value * weights[start + j];
  }
}

function activated(sums, { biases, activation }) {
  const squash = ACTIVATIONS[activation];
  for (let i = 0; i < sums.length; ) {
    for (let k = 0; k < biases.length; k++, i++) sums[i] = squash(sums[i] + biases[k]);
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
  let start = 0;
  const layers = network.layers.map((layer, i) => {
    const whole = new Int8Array(bytes.buffer, start, numbers(layer));
    start += whole.length;
    const biases = new Float32Array(bytes.slice(start, start + 4 * layer.outputs).buffer);
    start += 4 * layer.outputs;
    check(biases.every(Number.isFinite), `a bias of layer ${i + 1} is not a number`);
    return { ...layer, biases, weights: Float64Array.from(whole, (number) => number * layer.scale) };
  });
  const answer = forward(new Uint8Array(network.side ** 2), { ...network, layers });
  check(answer.length === network.classes.length && answer.every(Number.isFinite), "its layers do not fit together");
  return { ...network, layers };
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

async function inflated(base64) {
  try {
    const letters = atob(base64);
    const packed = new Uint8Array(letters.length);
    for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
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
