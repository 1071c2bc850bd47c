/* One epoch of mini-batch SGD on a network of two weight layers, sigmoid and quadratic cost, in plain C.

   Compiled with the sizes as constants: cc -O3 -march=native -DM=10 -DN1=784 -DN2=30 -DN3=10. Weights lie as [in][out], the
   outputs filled up to a multiple of 16 with zeros, so that every inner loop runs along memory in whole vectors and no sum
   has to be reordered. N1 is a multiple of 8, N2 of 2. */

#include <math.h>
#include <stdint.h>

#define FULL(n) (((n) + 15) / 16 * 16)
#define P2 FULL(N2)
#define P3 FULL(N3)

static float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

/* z = b + a w, for one example; `block` inputs at a time, so that a sum is loaded and stored once for all of them. */
#define FORWARD(z, a, w, b, n, p, block)                                              \
    do {                                                                              \
        for (int j = 0; j < p; j++) z[j] = b[j];                                      \
        for (int i = 0; i < n; i += block)                                            \
            for (int j = 0; j < p; j++) {                                             \
                float sum = z[j];                                                     \
                for (int k = 0; k < block; k++) sum += a[i + k] * w[i + k][j];        \
                z[j] = sum;                                                           \
            }                                                                         \
    } while (0)

/* w -= a d, summed over the batch. */
#define UPDATE(w, a, d, n, p)                                                         \
    for (int i = 0; i < n; i++) {                                                     \
        float each[M];                                                                \
        for (int m = 0; m < M; m++) each[m] = a[m][i];                                \
        for (int j = 0; j < p; j++) {                                                 \
            float sum = w[i][j];                                                      \
            for (int m = 0; m < M; m++) sum -= each[m] * d[m][j];                     \
            w[i][j] = sum;                                                            \
        }                                                                             \
    }

void epoch(const float (*x)[N1], const float (*y)[N3], const int64_t *order, int64_t steps, float rate,
           float (*restrict w2)[P2], float *restrict b2, float (*restrict w3)[P3], float *restrict b3)
{
    float a2[M][P2], a3[M][P3], d2[M][P2], d3[M][P3];
    const float *a1[M];
    for (int64_t s = 0; s < steps; s++) {
        for (int m = 0; m < M; m++) {
            const float *wanted = y[order[s * M + m]];
            a1[m] = x[order[s * M + m]];
            FORWARD(a2[m], a1[m], w2, b2, N1, P2, 8);
            for (int j = 0; j < N2; j++) a2[m][j] = sigmoid(a2[m][j]);
            FORWARD(a3[m], a2[m], w3, b3, N2, P3, 2);
            for (int j = 0; j < P3; j++) d3[m][j] = 0;
            for (int j = 0; j < N3; j++) {
                float a = a3[m][j] = sigmoid(a3[m][j]);
                d3[m][j] = rate * (a - wanted[j]) * a * (1 - a);
            }
            for (int i = 0; i < P2; i++) d2[m][i] = 0;
            for (int i = 0; i < N2; i++) {
                float sum = 0;
                for (int j = 0; j < N3; j++) sum += w3[i][j] * d3[m][j];
                d2[m][i] = sum * a2[m][i] * (1 - a2[m][i]);
            }
        }
        UPDATE(w3, a2, d3, N2, P3)
        UPDATE(w2, a1, d2, N1, P2)
        for (int m = 0; m < M; m++) {
            for (int j = 0; j < N3; j++) b3[j] -= d3[m][j];
            for (int j = 0; j < N2; j++) b2[j] -= d2[m][j];
        }
    }
}
