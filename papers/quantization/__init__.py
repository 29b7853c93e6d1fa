"""Quantisation (Krishnamoorthi 2018; Jacob et al. 2018): networks in a few bits, and on integers alone."""

from papers.quantization.affine import AffineQuantizer, dequantize, quantize, round_half_away
from papers.quantization.aware import AwareNet, train_on
from papers.quantization.fake import fake_quantize
from papers.quantization.fixed_point import fixed_point_multiplier, requantize
from papers.quantization.folded import FoldedNet, Layer, fold
from papers.quantization.folding import Norm, correction, fold_batch_norm
from papers.quantization.integer import Output, integer_conv2d, integer_linear, integer_mean
from papers.quantization.model import QuantizedNet, calibrate, quantize_model, weight_quantizer
from papers.quantization.networks import PAPER_CONFIGS, PLAIN, SEPARABLE, Convolution, Net, NetConfig
from papers.quantization.ranges import MinMax, MovingAverage, Observer, Percentile
from papers.quantization.saving import load_net, load_quantized, save_net, save_quantized

__all__ = [
    "PAPER_CONFIGS",
    "PLAIN",
    "SEPARABLE",
    "AffineQuantizer",
    "AwareNet",
    "Convolution",
    "FoldedNet",
    "Layer",
    "MinMax",
    "MovingAverage",
    "Net",
    "NetConfig",
    "Norm",
    "Observer",
    "Output",
    "Percentile",
    "QuantizedNet",
    "calibrate",
    "correction",
    "dequantize",
    "fake_quantize",
    "fixed_point_multiplier",
    "fold",
    "fold_batch_norm",
    "integer_conv2d",
    "integer_linear",
    "integer_mean",
    "load_net",
    "load_quantized",
    "quantize",
    "quantize_model",
    "requantize",
    "round_half_away",
    "save_net",
    "save_quantized",
    "train_on",
    "weight_quantizer",
]
