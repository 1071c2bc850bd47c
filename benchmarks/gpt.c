/* The small GPT's training in plain C, by hand: forward, backward and Adam, a row of tokens a step.

   Compiled with the number of letters as a constant: gcc -O3 -march=native -ffast-math -DLETTERS=27. The shapes are those of
   src/chainrule/gpt/model.py. Activations lie as [channel][place], so that the 16 places are the lanes of vectors, and every sum
   over channels, letters or places is one of vectors times numbers; gradients are such sums of turned activations. `real` is
   float; with -DWIDE it is double, in which the losses are compared. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef WIDE
typedef double real;
#define ROOT sqrt
#define POWER exp
#define LOG log
#else
typedef float real;
#define ROOT sqrtf
#define POWER expf
#define LOG logf
#endif

enum { T = 16, C = 16, H = 4, D = C / H, F = 64, V = LETTERS };
typedef real lanes __attribute__((vector_size(T * sizeof(real)), may_alias)); /* a number for each place, or for each channel */

typedef struct {
    lanes wte[V], wpe[T], wq[C], wk[C], wv[C], wo[C], w1[F], w2[F], wlm[V]; /* rows of channels; w2 is turned */
} Weights;
enum { COUNT = sizeof(Weights) / sizeof(real) };

/* out[j] = (add ? out[j] : 0) + Σ_k w[j][k] x[k], four j at a time. */
static inline void product(lanes *out, const lanes *w, const lanes *x, int n, int add) {
    for (int j = 0; j < n; j += 4) {
        int most = n - j < 4 ? n - j : 4;
        if (most == 4) {
            lanes a = {0}, b = {0}, c = {0}, d = {0};
            if (add) a = out[j], b = out[j + 1], c = out[j + 2], d = out[j + 3];
            for (int k = 0; k < C; k++)
                a += w[j][k] * x[k], b += w[j + 1][k] * x[k], c += w[j + 2][k] * x[k], d += w[j + 3][k] * x[k];
            out[j] = a, out[j + 1] = b, out[j + 2] = c, out[j + 3] = d;
        } else
            for (int i = j; i < n; i++) {
                lanes a = {0};
                for (int k = 0; k < C; k++) a += w[i][k] * x[k];
                out[i] = a;
            }
    }
}

/* out[k] = (add ? out[k] : 0) + Σ_j w[j][k] e[j], four k at a time: back through a product, or with another w forward. */
static inline void back(lanes *out, const lanes *w, const lanes *e, int n, int add) {
    for (int k = 0; k < C; k += 4) {
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        if (add) a = out[k], b = out[k + 1], c = out[k + 2], d = out[k + 3];
        for (int j = 0; j < n; j++)
            a += w[j][k] * e[j], b += w[j][k + 1] * e[j], c += w[j][k + 2] * e[j], d += w[j][k + 3] * e[j];
        out[k] = a, out[k + 1] = b, out[k + 2] = c, out[k + 3] = d;
    }
}

static inline void turn(lanes *out, const lanes *x) {
    for (int i = 0; i < T; i++)
        for (int j = 0; j < T; j++) ((real *)out)[T * j + i] = ((const real *)x)[T * i + j];
}

static inline void root(lanes *x) {
    real *at = (real *)x;
    for (int t = 0; t < T; t++) at[t] = ROOT(at[t]);
}

static inline void power(lanes *x) {
    real in[T], out[T]; /* apart, so that the compiler calls the exponential of a vector */
    memcpy(in, x, sizeof in);
    for (int t = 0; t < T; t++) out[t] = POWER(in[t]);
    memcpy(x, out, sizeof out);
}

static inline void larger(lanes *most, const lanes *x) {
    real *at = (real *)most;
    const real *other = (const real *)x;
    for (int t = 0; t < T; t++) at[t] = other[t] > at[t] ? other[t] : at[t];
}

/* x where h is above 0, and 0 elsewhere. */
static inline void passed(lanes *x, const lanes *h) {
    real *at = (real *)x;
    const real *by = (const real *)h;
    for (int t = 0; t < T; t++) at[t] = by[t] > 0 ? at[t] : 0;
}

/* Each place divided by the root of its mean square; gives the factor. */
static inline void norm(lanes *out, const lanes *x, lanes *scale) {
    lanes sum = {0};
    for (int k = 0; k < C; k++) sum += x[k] * x[k];
    sum = sum / C + (real)1e-5;
    root(&sum);
    *scale = 1 / sum;
    for (int k = 0; k < C; k++) out[k] = x[k] * *scale;
}

/* d += the error of what was normalized. */
static inline void norm_back(lanes *d, const lanes *error, const lanes *normed, const lanes *scale) {
    lanes sum = {0};
    for (int k = 0; k < C; k++) sum += error[k] * normed[k];
    sum /= C;
    for (int k = 0; k < C; k++) d[k] += *scale * (error[k] - normed[k] * sum);
}

/* The cost of a row of tokens, and its gradient. */
static real backprop(const Weights *w, Weights *g, const int64_t *tokens, const int64_t *targets, const real *share) {
    lanes rows[T], turned[T], e[C], x[C], n[C], q[C], k[C], v[C], a[H][T], o[C], y[C], m[C], h[F], r[C], p[V];
    lanes scale_e, scale_x, scale_y;
    for (int t = 0; t < T; t++) rows[t] = w->wte[tokens[t]] + w->wpe[t];
    turn(e, rows);
    norm(x, e, &scale_e);
    norm(n, x, &scale_x);
    product(q, w->wq, n, C, 0);
    product(k, w->wk, n, C, 0);
    product(v, w->wv, n, C, 0);
    for (int i = 0; i < H; i++) {
        lanes most, sum = {0}, *of = a[i];
        for (int t = 0; t < T; t++) most[t] = (real)-1e30;
        for (int s = 0; s < T; s++) {
            lanes score = {0};
            for (int c = D * i; c < D * i + D; c++) score += k[c][s] * q[c];
            score /= 2; /* the root of D */
            for (int t = 0; t < s; t++) score[t] = (real)-1e30; /* what comes later is not seen */
            of[s] = score;
            larger(&most, &score);
        }
        for (int s = 0; s < T; s++) {
            of[s] -= most;
            power(&of[s]);
            sum += of[s];
        }
        for (int s = 0; s < T; s++) of[s] /= sum;
        for (int c = D * i; c < D * i + D; c++) {
            lanes taken = {0};
            for (int s = 0; s < T; s++) taken += v[c][s] * of[s];
            o[c] = taken;
        }
    }
    memcpy(y, x, sizeof y);
    product(y, w->wo, o, C, 1);
    norm(m, y, &scale_y);
    product(h, w->w1, m, F, 0);
    for (int j = 0; j < F; j++) passed(&h[j], &h[j]);
    memcpy(r, y, sizeof r);
    back(r, w->w2, h, F, 1);
    product(p, w->wlm, r, V, 0);
    lanes most = p[0], sum = {0}, parts;
    memcpy(&parts, share, sizeof parts);
    for (int j = 1; j < V; j++) larger(&most, &p[j]);
    for (int j = 0; j < V; j++) {
        p[j] -= most;
        power(&p[j]);
        sum += p[j];
    }
    real cost = 0;
    for (int t = 0; t < T; t++) cost -= share[t] * LOG(p[targets[t]][t] / sum[t]);
    for (int j = 0; j < V; j++) p[j] *= parts / sum;
    for (int t = 0; t < T; t++) p[targets[t]][t] -= share[t]; /* from here on the error of the logits */

    lanes d_y[C], d_h[F], d_m[C], d_o[C], d_q[C], d_k[C], d_v[C], d_n[C];
    turn(turned, r);
    product(g->wlm, p, turned, V, 0);
    back(d_y, w->wlm, p, V, 0);
    turn(turned, d_y);
    product(g->w2, h, turned, F, 0);
    product(d_h, w->w2, d_y, F, 0);
    for (int j = 0; j < F; j++) passed(&d_h[j], &h[j]);
    turn(turned, m);
    product(g->w1, d_h, turned, F, 0);
    back(d_m, w->w1, d_h, F, 0);
    norm_back(d_y, d_m, m, &scale_y);
    turn(turned, o);
    product(g->wo, d_y, turned, C, 0);
    back(d_o, w->wo, d_y, C, 0);
    for (int i = 0; i < H; i++) {
        lanes d[T], total = {0}, *of = a[i];
        for (int s = 0; s < T; s++) {
            lanes found = {0};
            for (int c = D * i; c < D * i + D; c++) found += v[c][s] * d_o[c];
            d[s] = found;
            total += found * of[s];
        }
        for (int s = 0; s < T; s++) d[s] = of[s] * (d[s] - total) / 2;
        lanes of_turned[T], d_turned[T];
        turn(of_turned, of);
        turn(d_turned, d);
        for (int c = D * i; c < D * i + D; c++) {
            lanes one = {0}, two = {0}, three = {0};
            for (int s = 0; s < T; s++)
                one += k[c][s] * d[s], two += q[c][s] * d_turned[s], three += d_o[c][s] * of_turned[s];
            d_q[c] = one, d_k[c] = two, d_v[c] = three;
        }
    }
    turn(turned, n);
    product(g->wq, d_q, turned, C, 0);
    product(g->wk, d_k, turned, C, 0);
    product(g->wv, d_v, turned, C, 0);
    back(d_n, w->wq, d_q, C, 0);
    back(d_n, w->wk, d_k, C, 1);
    back(d_n, w->wv, d_v, C, 1);
    norm_back(d_y, d_n, n, &scale_x);
    memset(d_n, 0, sizeof d_n);
    norm_back(d_n, d_y, x, &scale_e);
    turn(g->wpe, d_n);
    memset(g->wte, 0, sizeof g->wte);
    for (int t = 0; t < T; t++) g->wte[tokens[t]] += g->wpe[t];
    return cost;
}

/* Steps, one for each row of tokens; `numbers` are η and Adam's two corrections of each. Weights, means and squares are changed
   in place. */
void learn(real *weights, real *means, real *squares, const int64_t *tokens, const int64_t *targets, const real *share,
           const real *numbers, int64_t count, real *costs) {
    static Weights w, gradient;
    real *own = (real *)&w, *g = (real *)&gradient;
    memcpy(&w, weights, sizeof w);
    for (int64_t i = 0; i < count; i++) {
        costs[i] = backprop(&w, &gradient, tokens + T * i, targets + T * i, share + T * i);
        real rate = numbers[3 * i] * numbers[3 * i + 1], second = numbers[3 * i + 2];
        for (int j = 0; j < COUNT; j++) {
            means[j] = (real)0.85 * means[j] + (real)0.15 * g[j];
            squares[j] = (real)0.99 * squares[j] + (real)0.01 * g[j] * g[j];
            own[j] -= rate * means[j] / (second * ROOT(squares[j]) + (real)1e-8);
        }
    }
    memcpy(weights, &w, sizeof w);
}
