"""What comes out of the printer: a frozen `Slip` goes in, one black-and-white bitmap comes out.

That one bitmap becomes half blocks on the screen, a PNG in a folder, or ESC/POS bytes on their way to a printer, so
what the barista sees is what the guest gets. The package knows paper, type and printers; it refuses to know databases,
screens, settings or what a coupon is.
"""
