using System.Runtime.InteropServices;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Data;

/// <summary>PNG files by the simplified interface of libpng (png.h, section "Simplified API").</summary>
public static unsafe partial class Png
{
    private const string Library = "libpng16.so.16";

    // PNG_IMAGE_VERSION, PNG_FORMAT_FLAG_COLOR, PNG_FORMAT_GRAY and PNG_FORMAT_RGB of png.h.
    private const uint Version = 1, ColourFlag = 0x02, Grey = 0, RedGreenBlue = 2;

    /// <summary>One image: pixels[height x width], or with three bytes a pixel, red, green, blue. What is transparent
    /// lies on black.</summary>
    public readonly record struct Decoded(int Height, int Width, bool IsColour, byte[] Pixels);

    /// <summary>In grey or in colour as asked, or as the file is where nothing is asked.</summary>
    public static Decoded Read(string name, byte[] file, bool? colour = null)
    {
        var image = new Image { Version = Version };
        try
        {
            fixed (byte* bytes = file)
            {
                if (png_image_begin_read_from_memory(ref image, bytes, (nuint)file.Length) == 0)
                    throw Refused(name, image);
                if (image.Height is < 1 or > Limits.ImageSide || image.Width is < 1 or > Limits.ImageSide)
                    throw new DataException(
                        $"{name}: {image.Height} x {image.Width} pixels, the limit is {Limits.ImageSide} a side");
                var isColour = colour ?? (image.Format & ColourFlag) != 0;
                image.Format = isColour ? RedGreenBlue : Grey;
                var pixels = new byte[image.Height * image.Width * (isColour ? Images.Colours : 1)];
                var black = stackalloc byte[Images.Colours];
                fixed (byte* target = pixels)
                    if (png_image_finish_read(ref image, black, target, 0, null) == 0)
                        throw Refused(name, image);
                return new((int)image.Height, (int)image.Width, isColour, pixels);
            }
        }
        catch (DllNotFoundException e)
        {
            throw new MissingLibraryException("cannot load libpng", "install the Debian package libpng16-16", e);
        }
        finally
        {
            if (image.Opaque != 0)
                png_image_free(ref image);
        }
    }

    private static DataException Refused(string name, Image image) =>
        new($"{name}: not a PNG file, or damaged: {Marshal.PtrToStringUTF8((nint)image.Message)}",
            "save it again as PNG");

    [LibraryImport(Library)]
    private static partial int png_image_begin_read_from_memory(ref Image image, byte* memory, nuint size);

    [LibraryImport(Library)]
    private static partial int png_image_finish_read(
        ref Image image, byte* background, byte* buffer, int rowStride, byte* colourMap);

    [LibraryImport(Library)]
    private static partial void png_image_free(ref Image image);

    // png_image on 64 bits; between format and message are flags, entries of a colour map, and whether one warned.
    [StructLayout(LayoutKind.Explicit, Size = 104)]
    private struct Image
    {
        [FieldOffset(0)] internal nint Opaque;
        [FieldOffset(8)] internal uint Version;
        [FieldOffset(12)] internal uint Width;
        [FieldOffset(16)] internal uint Height;
        [FieldOffset(20)] internal uint Format;
        [FieldOffset(36)] internal fixed byte Message[64];
    }
}
