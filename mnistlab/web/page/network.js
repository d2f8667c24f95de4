// The network: unpacked from the page, and run forwards. Nothing here knows of a screen.

const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

// Turn 784 pixels, 0 (paper) to 255 (ink), into one probability per class.
function forward(pixels, network) {
  let values = new Float64Array(pixels).map((pixel) => pixel / 255);
  network.layers.forEach(({ weights, scale, biases }, depth) => {
    const last = depth === network.layers.length - 1;
    const squash = last ? (z) => z : ACTIVATIONS[network.activation];
    const sums = new Float64Array(biases.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === 0) continue; // paper, or a unit at rest, adds nothing
      const row = weights.subarray(i * sums.length, (i + 1) * sums.length);
      for (let j = 0; j < row.length; j++) sums[j] += value * row[j];
    }
    values = sums.map((sum, j) => squash(sum * scale + biases[j]));
  });
  return softmax(values);
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
  const expected = network.sizes
    .slice(1)
    .reduce((sum, outputs, i) => sum + (network.sizes[i] + 4) * outputs, 0);
  check(bytes.length === expected, `it holds ${bytes.length} bytes of numbers, expected ${expected}`);
  let start = 0;
  const layers = network.scales.map((scale, i) => {
    const [inputs, outputs] = network.sizes.slice(i, i + 2);
    const weights = new Int8Array(bytes.buffer, start, inputs * outputs);
    start += weights.length;
    const biases = new Float32Array(bytes.slice(start, start + 4 * outputs).buffer);
    start += 4 * outputs;
    check(biases.every(Number.isFinite), `a bias of layer ${i + 1} is not a number`);
    return { weights, scale, biases };
  });
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
  check(network?.format === "mnistlab-1", `its format is ${JSON.stringify(network?.format)}, expected "mnistlab-1"`);
  const { sizes, scales, classes, activation, sure, numbers } = network;
  check(Object.hasOwn(ACTIVATIONS, activation), `its activation is ${JSON.stringify(activation)}`);
  const whole = Array.isArray(sizes) && sizes.length > 1 && sizes.every((n) => Number.isInteger(n) && n > 0);
  check(whole && sizes[0] === SIDE * SIDE, `its layers have the sizes ${JSON.stringify(sizes)}, expected 784, ...`);
  check(Array.isArray(classes) && classes.length === sizes.at(-1), "its classes are not as many as its outputs");
  const scaled = Array.isArray(scales) && scales.length === sizes.length - 1;
  check(scaled && scales.every((scale) => Number.isFinite(scale) && scale > 0), "its scales are not numbers above 0");
  check(sure >= 0 && sure <= 1 && typeof numbers === "string", "a part of it is missing");
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
