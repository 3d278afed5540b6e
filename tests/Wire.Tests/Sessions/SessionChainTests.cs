using Wire.Sessions;

namespace Wire.Tests.Sessions;

internal sealed class SessionChainTests
{
    [Test]
    public void Each_record_names_the_one_before_it_and_the_one_without_its_lowest_bit()
    {
        var chain = new SessionChain();
        var checkpoint = 0L;
        for (var number = 1L; number <= 5000; number++)
        {
            var next = chain.Next;
            Assert.That(next.RunNumber, Is.EqualTo(number));
            Assert.That(next.Previous, Is.EqualTo(AddressOf(number - 1)));
            Assert.That(next.Skip, Is.EqualTo(AddressOf(number & (number - 1))));
            Assert.That(next.Checkpoint, Is.EqualTo(checkpoint));
            var isCheckpoint = number % 7 == 0;
            chain.Append(AddressOf(number), isCheckpoint);
            if (isCheckpoint)
                checkpoint = AddressOf(number);
            Assert.That((chain.RunNumber, chain.Tail), Is.EqualTo((number, AddressOf(number))));
            Assert.That(chain.Ancestors.Length, Is.EqualTo(long.PopCount(number)));
        }
    }

    private static long AddressOf(long number) => number * 100;
}
