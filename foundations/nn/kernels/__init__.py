"""The hand-written arithmetic under the fused functions: arrays in, arrays out, no graph.

What each computes is said by the definition in `nn.functional` that stands beside it there: the mathematics
can be read without anything here. The tests hold every kernel to its definition.
"""
