// The arithmetic of a network's layers in WebAssembly with 128-bit SIMD: what plain_kernels.js does, in single precision.
// No library and no allocation: simd_kernels.js lays out the memory once, and all addresses come from there. `make engine` compiles it.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))
#define PLACES 4  // output places at a time, which share each weight that is loaded
#define VECTORS 2 // of four outputs at a time, which share each value that is loaded

INLINE void store(float *to, v128_t sum, int lanes) {
  if (lanes >= 4) {
    wasm_v128_store(to, sum);
    return;
  }
  if (lanes > 0) to[0] = wasm_f32x4_extract_lane(sum, 0);
  if (lanes > 1) to[1] = wasm_f32x4_extract_lane(sum, 1);
  if (lanes > 2) to[2] = wasm_f32x4_extract_lane(sum, 2);
}

// A block of outputs of four places.
INLINE void weigh_places(const float *in, int channels, int taps, const int *rows, const int *const *from, const float *weights,
                         const float *bias, int vectors, float *const *to, int lanes) {
  v128_t sums[PLACES][VECTORS];
  for (int p = 0; p < PLACES; p++)
    for (int v = 0; v < vectors; v++) sums[p][v] = wasm_v128_load(bias + 4 * v);
  for (int t = 0; t < taps; t++) {
    const float *w = weights + rows[t] * 4 * vectors;
    const float *x0 = in + from[0][t], *x1 = in + from[1][t], *x2 = in + from[2][t], *x3 = in + from[3][t];
    for (int c = 0; c < channels; c++, w += 4 * vectors) {
      const v128_t x[PLACES] = {wasm_v128_load32_splat(x0 + c), wasm_v128_load32_splat(x1 + c), wasm_v128_load32_splat(x2 + c),
                                wasm_v128_load32_splat(x3 + c)};
      for (int v = 0; v < vectors; v++) {
        const v128_t weight = wasm_v128_load(w + 4 * v);
        for (int p = 0; p < PLACES; p++) sums[p][v] = wasm_f32x4_add(sums[p][v], wasm_f32x4_mul(x[p], weight));
      }
    }
  }
  for (int p = 0; p < PLACES; p++)
    for (int v = 0; v < vectors; v++) store(to[p] + 4 * v, sums[p][v], lanes - 4 * v);
}

// The same of one place, four inputs at a time, each with sums of its own.
INLINE void weigh_place(const float *in, int channels, int taps, const int *rows, const int *from, const float *weights,
                        const float *bias, int vectors, float *to, int lanes) {
  v128_t sums[4][VECTORS];
  for (int v = 0; v < vectors; v++) {
    sums[0][v] = wasm_v128_load(bias + 4 * v);
    sums[1][v] = sums[2][v] = sums[3][v] = wasm_f32x4_splat(0);
  }
  for (int t = 0; t < taps; t++) {
    const float *w = weights + rows[t] * 4 * vectors, *x = in + from[t];
    int c = 0;
    for (; c + 4 <= channels; c += 4, w += 16 * vectors)
      for (int k = 0; k < 4; k++)
        for (int v = 0; v < vectors; v++)
          sums[k][v] =
              wasm_f32x4_add(sums[k][v], wasm_f32x4_mul(wasm_v128_load32_splat(x + c + k), wasm_v128_load(w + 4 * (k * vectors + v))));
    for (; c < channels; c++, w += 4 * vectors)
      for (int v = 0; v < vectors; v++)
        sums[0][v] = wasm_f32x4_add(sums[0][v], wasm_f32x4_mul(wasm_v128_load32_splat(x + c), wasm_v128_load(w + 4 * v)));
  }
  for (int v = 0; v < vectors; v++) {
    const v128_t sum = wasm_f32x4_add(wasm_f32x4_add(sums[0][v], sums[1][v]), wasm_f32x4_add(sums[2][v], sums[3][v]));
    store(to + 4 * v, sum, lanes - 4 * v);
  }
}

// A block of outputs of all places that see through the same taps.
INLINE void weigh_block(const float *in, float *out, int channels, int outputs, int taps, int places, const int *rows, const int *to,
                        const int *from, const float *weights, const float *bias, int vectors, int lanes) {
  int place = 0;
  for (; place + 1 < places; place += PLACES) {
    const int *paths[PLACES];
    float *targets[PLACES];
    for (int p = 0; p < PLACES; p++) {
      const int n = place + p < places ? place + p : places - 1; // the last one again where there are no four
      paths[p] = from + n * taps;
      targets[p] = out + to[n] * outputs;
    }
    weigh_places(in, channels, taps, rows, (const int *const *)paths, weights, bias, vectors, targets, lanes);
  }
  if (place < places) weigh_place(in, channels, taps, rows, from + place * taps, weights, bias, vectors, out + to[place] * outputs, lanes);
}

// A dense or convolutional layer. The program has, for each group of places that see through the same taps: how many taps and places, the
// taps' first rows of weights, the places, and for each of them where the values lie that it sees. Eight outputs stand side by side in a
// block of weights, four in the last one where that is enough.
EXPORT(weigh)(const float *in, float *out, int channels, int inputs, int outputs, const int *program, int groups, const float *weights,
              const float *bias) {
  for (int group = 0; group < groups; group++) {
    const int taps = program[0], places = program[1];
    const int *rows = program + 2, *to = rows + taps, *from = to + places;
    const float *block = weights;
    for (int o = 0; o < outputs; o += 8) {
      const int lanes = outputs - o;
      if (lanes > 4)
        weigh_block(in, out + o, channels, outputs, taps, places, rows, to, from, block, bias + o, 2, lanes);
      else
        weigh_block(in, out + o, channels, outputs, taps, places, rows, to, from, block, bias + o, 1, lanes);
      block += 8 * inputs;
    }
    program = from + taps * places;
  }
}

// e^x to a relative error of about 1e-7: 2^n times a polynomial on [-log(2) / 2, log(2) / 2] (Cephes, expf). Above 88.4 it is infinity.
INLINE v128_t exponential(v128_t x) {
  x = wasm_f32x4_max(wasm_f32x4_min(x, wasm_f32x4_splat(89.0f)), wasm_f32x4_splat(-87.0f));
  const v128_t n = wasm_f32x4_nearest(wasm_f32x4_mul(x, wasm_f32x4_splat(1.44269504088896341f)));
  v128_t r = wasm_f32x4_sub(x, wasm_f32x4_mul(n, wasm_f32x4_splat(0.693359375f)));
  r = wasm_f32x4_sub(r, wasm_f32x4_mul(n, wasm_f32x4_splat(-2.12194440e-4f)));
  v128_t sum = wasm_f32x4_splat(1.9875691500e-4f);
  sum = wasm_f32x4_add(wasm_f32x4_mul(sum, r), wasm_f32x4_splat(1.3981999507e-3f));
  sum = wasm_f32x4_add(wasm_f32x4_mul(sum, r), wasm_f32x4_splat(8.3334519073e-3f));
  sum = wasm_f32x4_add(wasm_f32x4_mul(sum, r), wasm_f32x4_splat(4.1665795894e-2f));
  sum = wasm_f32x4_add(wasm_f32x4_mul(sum, r), wasm_f32x4_splat(1.6666665459e-1f));
  sum = wasm_f32x4_add(wasm_f32x4_mul(sum, r), wasm_f32x4_splat(5.0000001201e-1f));
  sum = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_mul(sum, r), r), wasm_f32x4_add(r, wasm_f32x4_splat(1.0f)));
  return wasm_f32x4_mul(sum, wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_splat(127)), 23));
}

// Buffers end at a multiple of four numbers, so that the steps below may run over the end of `count`.

EXPORT(gelu)(float *values, int count) {
  const v128_t one = wasm_f32x4_splat(1.0f);
  for (int i = 0; i < count; i += 4) {
    const v128_t x = wasm_v128_load(values + i);
    const v128_t cube = wasm_f32x4_mul(wasm_f32x4_mul(x, x), wasm_f32x4_mul(x, wasm_f32x4_splat(0.044715f)));
    const v128_t power = exponential(wasm_f32x4_mul(wasm_f32x4_add(x, cube), wasm_f32x4_splat(-1.5957691216057308f)));
    wasm_v128_store(values + i, wasm_f32x4_div(x, wasm_f32x4_add(one, power)));
  }
}

EXPORT(sigmoid)(const float *from, float *to, int count) {
  const v128_t one = wasm_f32x4_splat(1.0f);
  for (int i = 0; i < count; i += 4)
    wasm_v128_store(to + i, wasm_f32x4_div(one, wasm_f32x4_add(one, exponential(wasm_f32x4_neg(wasm_v128_load(from + i))))));
}

EXPORT(relu)(float *values, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(values + i, wasm_f32x4_max(wasm_v128_load(values + i), wasm_f32x4_splat(0)));
}

EXPORT(add)(float *values, const float *other, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(values + i, wasm_f32x4_add(wasm_v128_load(values + i), wasm_v128_load(other + i)));
}

EXPORT(copy)(const float *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = from[i];
}

EXPORT(gather)(const float *from, float *to, const int *sources, int count) {
  for (int i = 0; i < count; i++) to[i] = from[sources[i]];
}
